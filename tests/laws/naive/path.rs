//! Destinations and sources, as far as their octets decide (chapter 6.2).

/// `path.length`, `path.utf8`, `path.characters`, `path.reserved`, and the rules on components.
pub(crate) fn is_destination(octets: &[u8]) -> bool {
    let Ok(path) = str::from_utf8(octets) else { return false };
    let first = path.split('/').next().unwrap_or_default();
    (1..=1024).contains(&octets.len())
        && path.split('/').all(is_component)
        && !path.chars().any(is_excluded)
        && !first.eq_ignore_ascii_case(".conexion")
}

/// `path.empty-component`, `path.dot-component`, `path.component-length`.
fn is_component(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name != "." && name != ".."
}

/// `path.characters`.
fn is_excluded(character: char) -> bool {
    matches!(character, '\\' | ':' | '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}')
}

/// `path.source`.
pub(crate) fn is_source(octets: &[u8]) -> bool {
    octets.len() <= 1024 && str::from_utf8(octets).is_ok()
}
