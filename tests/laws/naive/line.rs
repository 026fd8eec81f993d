//! The client's line, by the grammar and the table of chapter 3.

pub(crate) enum Judged {
    NotYet,
    Malformed,
    Good { len: usize, text: usize },
}

pub(crate) fn judge(octets: &[u8]) -> Judged {
    let head = &octets[..octets.len().min(512)];
    let Some(end) = head.iter().position(|octet| *octet == b'\n') else {
        return if head.len() == 512 { Judged::Malformed } else { Judged::NotYet };
    };
    match parse(&head[..end]) {
        Some(text) => Judged::Good { len: end + 1, text },
        None => Judged::Malformed,
    }
}

/// The client's `text`.
fn parse(line: &[u8]) -> Option<usize> {
    // Every octet of the grammar is ASCII.
    let line = std::str::from_utf8(line).ok().filter(|line| line.is_ascii())?;
    let rest = line.strip_prefix("CONEXION/")?;
    let mut words = rest.split(' ');
    let version = words.next()?;
    let digits = version.bytes().all(|octet| octet.is_ascii_digit());
    if !digits || version.starts_with('0') || version.is_empty() || version.len() > 3 {
        return None;
    }
    if words.next()? != "CLIENT" {
        return None;
    }
    let mut keys: Vec<&str> = Vec::new();
    let mut text = 1024;
    for word in words {
        let (key, value) = word.split_once('=')?;
        let key_octet = |octet: u8| octet.is_ascii_lowercase() || octet == b'-';
        let value_octet = |octet: u8| (0x21..=0x7E).contains(&octet);
        if key.is_empty() || !key.bytes().all(key_octet) {
            return None;
        }
        if value.is_empty() || !value.bytes().all(value_octet) || keys.contains(&key) {
            return None;
        }
        keys.push(key);
        if key == "text" {
            let digits = value.bytes().all(|octet| octet.is_ascii_digit());
            let zero = value.len() > 1 && value.starts_with('0');
            if !digits || zero || value.len() > 20 {
                return None;
            }
            let number: u128 = value.parse().ok()?;
            if number < 1024 {
                return None;
            }
            text = usize::try_from(number.min(1_048_576)).ok()?;
        }
    }
    Some(text)
}
