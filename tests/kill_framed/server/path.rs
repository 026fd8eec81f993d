//! Chapter 6.2: the rules of destinations.

use super::frames::Session;
use crate::faults::Paths;

impl Session<'_> {
    /// The destination as it is used, if no rule forbids it.
    pub(super) fn destination(&self, octets: &[u8]) -> Result<String, u16> {
        let does = |fault: Paths| self.connection.does(fault);
        let bad = 210;
        let empty = octets.is_empty() && !does(Paths::EmptyTaken);
        let characters = String::from_utf8_lossy(octets).chars().count();
        let most = match () {
            () if does(Paths::Shorter) => 1023,
            () if does(Paths::Longer) => 1025,
            () if does(Paths::AnyLength) => usize::MAX,
            () => 1024,
        };
        let length = if does(Paths::LengthInCharacters) { characters } else { octets.len() };
        if empty || length > most {
            return Err(if does(Paths::LengthCode) { 212 } else { bad });
        }
        let text = match std::str::from_utf8(octets) {
            Ok(text) => text.to_owned(),
            Err(_) if does(Paths::Lossy) => String::from_utf8_lossy(octets).into_owned(),
            Err(_) => return Err(bad),
        };
        for (number, component) in text.split('/').enumerate() {
            self.component(component, number == 0)?;
        }
        if text.chars().any(|character| self.excluded(character)) {
            return Err(bad);
        }
        Ok(self.stored_as(text))
    }

    fn component(&self, component: &str, first: bool) -> Result<(), u16> {
        let does = |fault: Paths| self.connection.does(fault);
        if component.is_empty() && !does(Paths::EmptyComponentTaken) && !does(Paths::EmptyTaken) {
            return Err(210);
        }
        let refused = match component {
            "." => !does(Paths::OneDotTaken),
            ".." => !does(Paths::TwoDotsTaken),
            _ => {
                does(Paths::HiddenRefused) && component.starts_with('.')
                    || does(Paths::DotsAnywhereRefused) && component.contains("..")
                    || does(Paths::LastDotRefused) && component.ends_with('.')
            }
        };
        let refused = refused && !(first && does(Paths::FirstComponentUnjudged));
        let length = if does(Paths::ComponentInCharacters) {
            component.chars().count()
        } else {
            component.len()
        };
        let most = match () {
            () if does(Paths::ComponentShorter) => 254,
            () if does(Paths::ComponentLonger) => 256,
            () if does(Paths::ComponentCut) => usize::MAX,
            () => 255,
        };
        let reserved = if does(Paths::ReservedExact) {
            component == ".conexion"
        } else if does(Paths::ReservedPrefix) {
            component.to_ascii_lowercase().starts_with(".conexion")
        } else {
            component.eq_ignore_ascii_case(".conexion")
        };
        let reserved = reserved && (first || does(Paths::ReservedAnywhere));
        let reserved = reserved && !does(Paths::ReservedTaken);
        if refused || length > most || reserved { Err(210) } else { Ok(()) }
    }

    fn excluded(&self, character: char) -> bool {
        let does = |fault: Paths| self.connection.does(fault);
        match character {
            '\\' => !does(Paths::BackslashTaken),
            ':' => !does(Paths::ColonTaken),
            '\0' => !does(Paths::NulTaken),
            '\u{1}'..='\u{1F}' => !does(Paths::ControlsTaken),
            '\u{7F}' => !does(Paths::DeleteTaken),
            '\u{80}'..='\u{9F}' => !does(Paths::C1Taken),
            ' ' | '*' | '?' | '"' | '<' | '>' | '|' => does(Paths::WindowsCharactersRefused),
            '\u{A0}' => does(Paths::C1Longer),
            _ => does(Paths::AsciiOnly) && !character.is_ascii(),
        }
    }

    fn stored_as(&self, text: String) -> String {
        let does = |fault: Paths| self.connection.does(fault);
        match () {
            () if does(Paths::FoldsCase) => text.to_lowercase(),
            () if does(Paths::Normalises) => text.replace("e\u{301}", "\u{E9}"),
            () if does(Paths::BaseNameOnly) => {
                text.rsplit('/').next().unwrap_or_default().to_owned()
            }
            () if does(Paths::TrimsNames) => text.trim_end_matches(['.', ' ']).to_owned(),
            () => text,
        }
    }

    /// What the source's name is judged by.
    pub(super) fn source(&self, octets: &[u8]) -> Result<(), u16> {
        let does = |fault: Paths| self.connection.does(fault);
        let long = octets.len() > 1024 && !does(Paths::LongSourceTaken);
        let short = octets.len() > 1023 && does(Paths::SourceShorter);
        let not_utf8 = std::str::from_utf8(octets).is_err() && !does(Paths::AnySourceTaken);
        let judged = does(Paths::SourceJudged)
            && (octets.is_empty() || octets.contains(&b':') || octets.contains(&b'/'));
        if long || short || not_utf8 || judged { Err(210) } else { Ok(()) }
    }
}
