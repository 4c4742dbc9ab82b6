//! Rust source as the checks see it: code apart from comments and from text.
//!
//! This is a lexer and no parser. It knows strings, comments, characters and braces, and that is enough to
//! say where a piece of text stands; what it cannot know (macros that make code) is not for tidy to judge.

use std::ops::Range;

/// One file of Rust.
pub(crate) struct Source {
    /// The code alone: comments and the insides of strings are blanks, so every offset is the file's.
    pub(crate) code: String,
    /// Every string literal, in order.
    pub(crate) texts: Vec<Text>,
    items: Vec<Item>,
    line_starts: Vec<usize>,
}

/// A string literal.
pub(crate) struct Text {
    /// Where it begins in the file, its opening quote included.
    pub(crate) offset: usize,
    /// What it says: line continuations and runs of blanks made one blank.
    pub(crate) says: String,
}

/// A `fn`, `const`, `static`, `mod` or `macro_rules!` with the stretch it takes.
struct Item {
    keyword: &'static str,
    name: String,
    start: usize,
    end: usize,
    for_tests: bool,
}

impl Source {
    /// Takes a file apart.
    pub(crate) fn new(file: &str) -> Self {
        let (code, texts) = blank(file);
        let items = items(&code);
        let line_starts = std::iter::once(0)
            .chain(file.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            code,
            texts,
            items,
            line_starts,
        }
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Whether this place is part of a module or function for tests only.
    pub(crate) fn is_for_tests(&self, offset: usize) -> bool {
        self.around(offset).any(|item| item.for_tests)
    }

    /// The names of the functions and constants that this place is part of, innermost last.
    pub(crate) fn names_around(&self, offset: usize) -> impl Iterator<Item = &str> {
        self.around(offset)
            .filter(|item| item.keyword != "mod")
            .map(|item| item.name.as_str())
    }

    /// Every function, constant and macro of the file, by name, with the texts in it.
    pub(crate) fn named_texts(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.texts
            .iter()
            .flat_map(|text| self.names_around(text.offset).map(move |name| (name, text)))
    }

    /// The stretch of the statement that this place is part of.
    pub(crate) fn statement_around(&self, offset: usize) -> Range<usize> {
        let start = self.code[..offset]
            .rfind([';', '{', '}'])
            .map_or(0, |at| at + 1);
        let end = self.code[offset..]
            .find([';', '}'])
            .map_or(self.code.len(), |length| offset + length);
        start..end
    }

    /// If this place is part of a macro's definition: what each use of it in this file passes in.
    pub(crate) fn uses_of_macro_around(&self, offset: usize) -> Option<Vec<&str>> {
        let within = self.around(offset).last()?;
        if within.keyword != "macro_rules" {
            return None;
        }
        let uses = words(&self.code)
            .filter(|(at, word)| *word == within.name && *at >= within.end)
            .filter_map(|(at, word)| {
                let after = &self.code[at + word.len()..];
                let arguments = after.strip_prefix("!(")?;
                let mut depth = 1_usize;
                let end = arguments.bytes().position(|byte| {
                    match byte {
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        _ => {}
                    }
                    depth == 0
                })?;
                Some(&arguments[..end])
            })
            .collect();
        Some(uses)
    }

    /// The names of the modules this place is part of, inside this file, outermost first.
    pub(crate) fn modules_around(&self, offset: usize) -> impl Iterator<Item = &str> {
        self.around(offset)
            .filter(|item| item.keyword == "mod")
            .map(|item| item.name.as_str())
    }

    fn around(&self, offset: usize) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(move |item| item.start <= offset && offset < item.end)
    }
}

/// Blanks out comments and the insides of strings, and collects the strings.
fn blank(file: &str) -> (String, Vec<Text>) {
    let bytes = file.as_bytes();
    let mut code = bytes.to_vec();
    let mut texts = Vec::new();
    let mut erase = |from: usize, to: usize| {
        for byte in &mut code[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    let mut at = 0;
    while at < bytes.len() {
        let rest = &file.as_bytes()[at..];
        if rest.starts_with(b"//") {
            let end = find(bytes, at, b"\n").unwrap_or(bytes.len());
            erase(at, end);
            at = end;
        } else if rest.starts_with(b"/*") {
            let end = end_of_comment(bytes, at);
            erase(at, end);
            at = end;
        } else if let Some((open, close)) = string_at(bytes, at) {
            let end = close.end_from(bytes, open);
            let inside = open..end.saturating_sub(close.length()).max(open);
            texts.push(Text {
                offset: at,
                says: settle(&file[inside.clone()], matches!(close, Close::Quote)),
            });
            erase(inside.start, inside.end);
            at = end;
        } else if bytes[at] == b'\'' {
            at = end_of_character(file, at);
        } else {
            at += 1;
        }
    }
    let code = String::from_utf8_lossy(&code).into_owned();
    (code, texts)
}

/// How a string ends.
enum Close {
    /// At a quote that is not escaped.
    Quote,
    /// At a quote with this many `#` behind it.
    Raw(usize),
}

impl Close {
    fn length(&self) -> usize {
        match self {
            Self::Quote => 1,
            Self::Raw(hashes) => 1 + hashes,
        }
    }

    fn end_from(&self, bytes: &[u8], open: usize) -> usize {
        match self {
            Self::Quote => {
                let mut at = open;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                (at + 1).min(bytes.len())
            }
            Self::Raw(hashes) => {
                let close = [b"\"".as_slice(), &b"#".repeat(*hashes)].concat();
                find(bytes, open, &close).map_or(bytes.len(), |at| at + close.len())
            }
        }
    }
}

/// If a string begins here: where its inside begins, and how it ends.
fn string_at(bytes: &[u8], at: usize) -> Option<(usize, Close)> {
    if bytes[at] == b'"' {
        return Some((at + 1, Close::Quote));
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if at > 0 && is_word(bytes[at - 1]) {
        return None;
    }
    let prefix = bytes[at..]
        .iter()
        .take_while(|byte| matches!(byte, b'b' | b'c' | b'r'))
        .count();
    if prefix == 0 || prefix > 2 {
        return None;
    }
    let hashes = bytes[at + prefix..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let open = at + prefix + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    match bytes[at + prefix - 1] {
        b'r' => Some((open + 1, Close::Raw(hashes))),
        _ if hashes == 0 => Some((open + 1, Close::Quote)),
        _ => None,
    }
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Behind a character literal, or behind the tick of a lifetime.
fn end_of_character(file: &str, at: usize) -> usize {
    let mut inside = file[at + 1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => {
            // The escaped character may itself be a tick.
            inside.next();
            inside
                .find(|(_, c)| *c == '\'')
                .map_or(file.len(), |(offset, _)| at + 1 + offset + 1)
        }
        Some(_) => match inside.next() {
            Some((offset, '\'')) => at + 1 + offset + 1,
            _ => at + 1,
        },
        None => at + 1,
    }
}

fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    bytes[from..]
        .windows(wanted.len())
        .position(|window| window == wanted)
        .map(|at| from + at)
}

/// What a literal says, with its continuations and runs of blanks made one blank.
fn settle(inside: &str, has_escapes: bool) -> String {
    let unescaped = if has_escapes {
        inside.replace("\\\n", " ").replace("\\n", " ")
    } else {
        inside.to_owned()
    };
    unescaped.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every item with a name, and the stretch it takes: to its closing brace, or to its semicolon.
fn items(code: &str) -> Vec<Item> {
    const KEYWORDS: [&str; 5] = ["fn", "mod", "const", "static", "macro_rules"];
    let mut found = Vec::new();
    for (at, word) in words(code) {
        let Some(keyword) = KEYWORDS.into_iter().find(|keyword| *keyword == word) else {
            continue;
        };
        let after = code[at + word.len()..].trim_start_matches(['!', ' ', '\n']);
        let after = after.strip_prefix("mut ").unwrap_or(after);
        let name: String = after
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        // `const fn`, `fn(…)` as a type, `const {…}`, `<const N: usize>`, `*const T`
        if code[..at].trim_end().ends_with(['<', ',', '*']) {
            continue;
        }
        if name.is_empty() || KEYWORDS.contains(&name.as_str()) || name == "unsafe" {
            continue;
        }
        let end = end_of_item(code, at);
        let above = &code[..at];
        let above = &above[above.rfind(['}', ';', '{']).map_or(0, |at| at + 1)..];
        found.push(Item {
            keyword,
            name,
            start: at,
            end,
            for_tests: above.contains("#[cfg(test)]") || above.contains("#[test]"),
        });
    }
    found
}

/// Behind the item that begins here: it ends with the first `;` outside brackets, or with its braces.
fn end_of_item(code: &str, start: usize) -> usize {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    let is_value = code[start..].starts_with("const") || code[start..].starts_with("static");
    for (offset, byte) in code[start..].bytes().enumerate() {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b'{' => braces += 1,
            b'}' => {
                // More closes than opens: the surrounding item ends, and this one with it.
                let Some(left) = braces.checked_sub(1) else {
                    return start + offset;
                };
                braces = left;
                if braces == 0 && brackets == 0 && !is_value {
                    return start + offset + 1;
                }
            }
            b';' if braces == 0 && brackets == 0 => return start + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// The words of the code, each with its offset.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + code[at..].find(is_word)?;
        let end = code[start..]
            .find(|c| !is_word(c))
            .map_or(code.len(), |length| start + length);
        at = end;
        Some((start, &code[start..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_not_code() {
        let source = Source::new(
            "let a = \"#[allow(x)]\"; // #[allow(y)]\n/* a /* b */ c */ let c = '\"'; let d = r#\"say \"so\"\"#;",
        );
        assert!(!source.code.contains("allow"));
        assert!(!source.code.contains("say"));
        assert!(source.code.contains("let c = '\"';"));
        let says: Vec<_> = source.texts.iter().map(|text| text.says.as_str()).collect();
        assert_eq!(says, ["#[allow(x)]", "say \"so\""]);
    }

    #[test]
    fn a_lifetime_is_no_character_and_an_escaped_quote_no_end() {
        let source = Source::new(r#"fn f<'a>(x: &'a str) { g('\'', "a \" b", b"c", 'x') }"#);
        let says: Vec<_> = source.texts.iter().map(|text| text.says.as_str()).collect();
        assert_eq!(says, [r#"a \" b"#, "c"]);
    }

    #[test]
    fn a_continued_string_reads_as_one_line() {
        let source = Source::new("const Q: &str = \"select a \\\n      from b\n  where c\";");
        assert_eq!(source.texts[0].says, "select a from b where c");
    }

    #[test]
    fn a_place_knows_what_it_is_part_of() {
        let file = "const HISTORY: &str = \"a\";\nfn outer() -> [u8; 2] { \"b\"; }\n#[cfg(test)]\nmod tests { fn inner() { \"c\"; } }";
        let source = Source::new(file);
        let names: Vec<Vec<_>> = source
            .texts
            .iter()
            .map(|text| source.names_around(text.offset).collect())
            .collect();
        assert_eq!(names, [vec!["HISTORY"], vec!["outer"], vec!["inner"]]);
        let for_tests: Vec<_> = source
            .texts
            .iter()
            .map(|text| source.is_for_tests(text.offset))
            .collect();
        assert_eq!(for_tests, [false, false, true]);
        assert_eq!(source.line(source.texts[1].offset), 2);
    }
}
