//! The rules of destinations, chapter 6.2.

pub(crate) fn is_destination(octets: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(octets) else { return false };
    if path.is_empty() || path.len() > 1024 {
        return false;
    }
    let components: Vec<&str> = path.split('/').collect();
    if components[0].eq_ignore_ascii_case(".conexion") {
        return false;
    }
    let component = |component: &&str| {
        !component.is_empty() && *component != "." && *component != ".." && component.len() <= 255
    };
    let character = |character: char| {
        let number = u32::from(character);
        character != '\\' && character != ':' && number > 0x1F && !(0x7F..=0x9F).contains(&number)
    };
    components.iter().all(component) && path.chars().all(character)
}
