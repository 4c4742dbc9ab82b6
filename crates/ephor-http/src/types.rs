//! What the properties on the wire are: from these tables come `$metadata` and `/openapi.json`, and the
//! reading of `$select` and `$expand`. Nothing is described twice.

/// What a property's values are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    /// A text that is somebody's or something's id.
    Id,
    Text,
    Bool,
    Int,
    /// An instant, in UTC.
    Time,
    /// An ISO 8601 duration.
    Duration,
    /// One of a few words.
    Words(&'static Words),
    /// An object without an id.
    Object(&'static Complex),
    /// An object with an id, inside another answer.
    Entity(&'static crate::odata::shape::Members),
    List(&'static Type),
    /// An object whose form is told elsewhere.
    Document,
    /// Whatever JSON there is: the value of a rule, whose form is the rule's.
    Any,
}

/// The words that a property may hold, in the spelling in which they are answered.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) name: &'static str,
    pub(crate) words: &'static [&'static str],
}

/// An object without an id.
#[derive(Debug)]
pub(crate) struct Complex {
    pub(crate) name: &'static str,
    pub(crate) properties: &'static [(&'static str, Type)],
}

pub(crate) const TEXTS: Type = Type::List(&Type::Text);

pub(crate) const ACCESS: Type = Type::Words(&Words {
    name: "privilegedAccessGroupRelationships",
    words: &["owner", "member"],
});

const IDENTITY_FIELDS: Complex = Complex {
    name: "identity",
    properties: &[("displayName", Type::Text), ("id", Type::Id)],
};
/// Somebody, by name and id.
pub(crate) const IDENTITY: Type = Type::Object(&IDENTITY_FIELDS);
/// Who did something: a person, or a program.
pub(crate) const IDENTITY_SET: Type = Type::Object(&Complex {
    name: "identitySet",
    properties: &[
        ("application", IDENTITY),
        ("device", IDENTITY),
        ("user", IDENTITY),
    ],
});

const EXPIRATION: Type = Type::Object(&Complex {
    name: "expirationPattern",
    properties: &[
        (
            "type",
            Type::Words(&Words {
                name: "expirationPatternType",
                words: &[
                    "notSpecified",
                    "noExpiration",
                    "afterDateTime",
                    "afterDuration",
                ],
            }),
        ),
        ("endDateTime", Type::Time),
        ("duration", Type::Duration),
    ],
});
/// From when until when.
pub(crate) const SCHEDULE_INFO: Type = Type::Object(&Complex {
    name: "requestSchedule",
    properties: &[
        ("startDateTime", Type::Time),
        (
            "recurrence",
            Type::Object(&Complex {
                name: "patternedRecurrence",
                properties: &[],
            }),
        ),
        ("expiration", EXPIRATION),
    ],
});
/// A reference into another system.
pub(crate) const TICKET_INFO: Type = Type::Object(&Complex {
    name: "ticketInfo",
    properties: &[("ticketNumber", Type::Text), ("ticketSystem", Type::Text)],
});
