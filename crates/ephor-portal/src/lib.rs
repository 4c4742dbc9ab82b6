//! The portal's built files, inside the program: which there are, what they are, and how long they may be kept.
//!
//! `make` builds the portal into `portal/dist` and the compiler takes it from there. Where it was not built,
//! the program is built all the same, and there is a page that says so. Nothing here knows HTTP.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../portal/dist"]
#[allow_missing = true]
struct Built;

/// Places of the portal, by the first part of their address: whatever is below them is the portal's to name.
const PLACES: [&str; 13] = [
    "",
    "roles",
    "my-access",
    "requests",
    "approvals",
    "groups",
    "catalogs",
    "access-packages",
    "directory",
    "directory-roles",
    "audit",
    "access",
    "settings",
];

/// How long a browser may keep a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// For ever: its name holds a hash of what is in it.
    ForEver,
    /// Until it asks again.
    Ask,
}

/// What a client takes besides plain bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
}

impl Coding {
    /// Its name in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// A file, ready to be sent.
#[derive(Debug, Clone)]
pub struct Asset {
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// What it is.
    pub media_type: &'static str,
    /// How it is packed, if it is.
    pub coding: Option<Coding>,
    /// How long it may be kept.
    pub keep: Keep,
    /// A hash of what is in it, in quotes: an entity tag.
    pub tag: String,
}

/// Whether the portal was there when the program was built.
pub fn is_built() -> bool {
    Built::get("index.html").is_some()
}

/// Whether `path` is a place of the portal.
pub fn is_place(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    first.is_some_and(|first| PLACES.contains(&first))
}

/// The file at `path`, packed in the first of `takes` that there is.
pub fn asset(path: &str, takes: &[Coding]) -> Option<Asset> {
    let name = path.strip_prefix('/')?;
    // The page is made for each answer; packed forms and the list of files are no files of their own.
    if name == "index.html"
        || name.starts_with('.')
        || [Coding::Brotli, Coding::Gzip]
            .iter()
            .any(|coding| name.ends_with(coding.ending()))
    {
        return None;
    }
    let plain = Built::get(name)?;
    let tag = |file: &EmbeddedFile| format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let packed = takes.iter().find_map(|coding| {
        Built::get(&format!("{name}{}", coding.ending())).map(|file| (file, Some(*coding)))
    });
    let (file, coding) = packed.unwrap_or((plain, None));
    Some(Asset {
        tag: tag(&file),
        bytes: file.data,
        media_type: media_type(name),
        coding,
        keep: if name.starts_with("assets/") {
            Keep::ForEver
        } else {
            Keep::Ask
        },
    })
}

/// What surrounds the page that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// A demonstration, whose clock can be moved.
    Demonstration,
    /// The real thing.
    Service,
}

/// The page, with a nonce for the styles that its script inserts; what to do where the portal was not built.
pub fn page(nonce: &str, around: Around) -> String {
    let Some(index) = Built::get("index.html") else {
        return NOT_BUILT.to_owned();
    };
    let demonstration = match around {
        Around::Demonstration => "yes",
        Around::Service => "no",
    };
    String::from_utf8_lossy(&index.data)
        .replace("nonce=\"\"", &format!("nonce=\"{nonce}\""))
        .replace(
            "name=\"ephor-demonstration\" content=\"\"",
            &format!("name=\"ephor-demonstration\" content=\"{demonstration}\""),
        )
}

const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Ephor</title></head>\n\
    <body>\n<h1>The portal is not in this program</h1>\n\
    <p>Ephor runs, and its API answers. The program was built without the portal: build it with \
    <code>make portal</code> (Node 20 or newer), then build the program again.</p>\n</body>\n</html>\n";

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_the_first_part_of_their_address() {
        for place in ["/", "/roles", "/groups/8a/settings", "/approvals/5"] {
            assert!(is_place(place), "{place}");
        }
        for other in ["/v1.0/groups", "/rolesx", "/nothing", "/ephor/v1/me/roles"] {
            assert!(!is_place(other), "{other}");
        }
    }

    #[test]
    fn the_page_is_there_whether_or_not_the_portal_was_built() {
        let page = page("n0nce", Around::Demonstration);
        assert!(page.starts_with("<!doctype html>"));
        assert_eq!(page.contains("nonce=\"n0nce\""), is_built());
    }

    #[test]
    fn packed_forms_and_the_page_itself_are_no_files() {
        for name in [
            "/index.html",
            "/assets/x.js.br",
            "/.vite/manifest.json",
            "/../Cargo.toml",
            "x",
        ] {
            assert!(asset(name, &[Coding::Brotli]).is_none(), "{name}");
        }
    }
}
