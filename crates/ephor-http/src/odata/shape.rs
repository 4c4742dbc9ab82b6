//! What of each object is shown: `$select` and `$expand` (`directory.md` 2.1).
//!
//! Reading them knows no resource; [`Shape::check`] holds them against what a resource has.

use serde_json::{Map, Value};

use super::BadQuery;
use super::options::Options;
use crate::json::clipped;
use crate::limits::{EXPAND_DEPTH_MAX, EXPAND_MAX, SELECT_MAX};
use crate::types::Type;

/// What is asked for of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Only these properties; `None` asks for the usual ones.
    pub(crate) select: Option<Vec<String>>,
    /// These related objects too.
    pub(crate) expand: Vec<Expand>,
}

/// A related object that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expand {
    /// Under which name; `*` is all there are.
    pub(crate) name: String,
    /// What is asked for of it.
    pub(crate) shape: Shape,
}

/// What a kind of object has.
#[derive(Debug)]
pub(crate) struct Members {
    /// The type's name, without its namespace.
    pub(crate) name: &'static str,
    /// Every property, in the order of the wire.
    pub(crate) properties: &'static [(&'static str, Type)],
    /// Those shown unless `$select` says otherwise.
    pub(crate) usual: Usual,
    /// Related objects.
    pub(crate) related: &'static [Link],
}

/// What is shown of an object unless `$select` says otherwise.
#[derive(Debug)]
pub(crate) enum Usual {
    /// All it has.
    All,
    /// Only these.
    Only(&'static [&'static str]),
}

/// A relation from one kind of object to another.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) name: &'static str,
    pub(crate) many: Many,
    pub(crate) to: &'static Members,
}

/// How many there are at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Many {
    One,
    Several,
}

impl Link {
    /// To one object.
    pub(crate) const fn one(name: &'static str, to: &'static Members) -> Self {
        let many = Many::One;
        Self { name, many, to }
    }

    /// To several.
    pub(crate) const fn several(name: &'static str, to: &'static Members) -> Self {
        let many = Many::Several;
        Self { name, many, to }
    }
}

impl Members {
    fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        let properties = self.properties.iter().map(|(name, _)| *name);
        properties.chain(self.related.iter().map(|link| link.name))
    }
}

impl Shape {
    /// Reads `$select` and `$expand`.
    pub(crate) fn of(options: &Options) -> Result<Self, BadQuery> {
        let mut budget = EXPAND_MAX;
        Ok(Self {
            select: options.get("$select").map(select).transpose()?,
            expand: match options.get("$expand") {
                None => Vec::new(),
                Some(text) => expand(text, 1, &mut budget)?,
            },
        })
    }

    /// Refuses what these objects don't have, with what they have.
    pub(crate) fn check(&self, members: &Members) -> Result<(), BadQuery> {
        for name in self.select.iter().flatten() {
            let known = members.names();
            if name != "*" && !known.clone().any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(BadQuery::unsupported(format!(
                    "Could not find a property named `{}`; there are `{}`.",
                    clipped(name),
                    known.collect::<Vec<_>>().join("`, `")
                )));
            }
        }
        for expand in &self.expand {
            if expand.name == "*" {
                continue;
            }
            let link = members
                .related
                .iter()
                .find(|link| link.name.eq_ignore_ascii_case(&expand.name))
                .ok_or_else(|| cannot_expand(&expand.name, members))?;
            expand.shape.check(link.to)?;
        }
        Ok(())
    }

    /// What is asked for of the related object `name`; `None` where it is not asked for.
    pub(crate) fn wants(&self, name: &str) -> Option<&Self> {
        self.expand
            .iter()
            .find(|expand| expand.name == "*" || expand.name.eq_ignore_ascii_case(name))
            .map(|expand| &expand.shape)
    }

    /// The object with what was asked for of it. What begins with `@` and what was expanded stays.
    pub(crate) fn apply(&self, mut object: Map<String, Value>, members: &Members) -> Value {
        object.retain(|name, _| {
            name.starts_with('@') || self.wants(name).is_some() || self.shows(name, members)
        });
        Value::Object(object)
    }

    fn shows(&self, name: &str, members: &Members) -> bool {
        match &self.select {
            None => match members.usual {
                Usual::All => members.properties.iter().any(|(own, _)| *own == name),
                Usual::Only(usual) => usual.contains(&name),
            },
            Some(names) => {
                // `id` always comes along (`directory.md` 2.1).
                name == "id"
                    || names
                        .iter()
                        .any(|asked| asked == "*" || asked.eq_ignore_ascii_case(name))
            }
        }
    }

    /// `(id,displayName)` for `@odata.context`, or nothing where nothing was selected.
    pub(crate) fn context(&self) -> String {
        match &self.select {
            None => String::new(),
            Some(names) => format!("({})", names.join(",")),
        }
    }
}

fn cannot_expand(name: &str, members: &Members) -> BadQuery {
    let there_are = if members.related.is_empty() {
        "nothing can be expanded here".to_owned()
    } else {
        let names: Vec<&str> = members.related.iter().map(|link| link.name).collect();
        format!("there are `{}`", names.join("`, `"))
    };
    BadQuery::unsupported(format!(
        "`{}` can't be expanded; {there_are}.",
        clipped(name)
    ))
}

fn select(text: &str) -> Result<Vec<String>, BadQuery> {
    let names: Vec<String> = text
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Err(BadQuery::unreadable("$select names no property."));
    }
    if names.len() > SELECT_MAX {
        return Err(BadQuery::unsupported(format!(
            "$select names {} properties, but at most {SELECT_MAX} are taken.",
            names.len()
        )));
    }
    Ok(names)
}

/// `group($select=id,displayName),principal`: items with options of their own in brackets.
fn expand(text: &str, depth: u32, budget: &mut usize) -> Result<Vec<Expand>, BadQuery> {
    if depth > EXPAND_DEPTH_MAX {
        return Err(BadQuery::unsupported(format!(
            "$expand is nested more than {EXPAND_DEPTH_MAX} deep."
        )));
    }
    split(text, ',')?
        .into_iter()
        .map(|item| {
            *budget = budget.checked_sub(1).ok_or_else(|| {
                BadQuery::unsupported(format!("$expand names more than {EXPAND_MAX} properties."))
            })?;
            let unreadable = || {
                BadQuery::unreadable(format!(
                    "$expand holds `{}`; write it like group($select=id,displayName).",
                    clipped(item)
                ))
            };
            let (name, inside) = match item.split_once('(') {
                None => (item, None),
                Some((name, rest)) => (
                    name.trim(),
                    Some(rest.strip_suffix(')').ok_or_else(unreadable)?),
                ),
            };
            let named = name == "*"
                || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()));
            if !named {
                return Err(unreadable());
            }
            let shape = match inside {
                None => Shape::default(),
                Some(inside) => nested(inside, depth, budget)?,
            };
            Ok(Expand {
                name: name.to_owned(),
                shape,
            })
        })
        .collect()
}

fn nested(inside: &str, depth: u32, budget: &mut usize) -> Result<Shape, BadQuery> {
    let mut shape = Shape::default();
    for option in split(inside, ';')? {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("$select") {
            shape.select = Some(select(value)?);
        } else if name.eq_ignore_ascii_case("$expand") {
            shape.expand = expand(value, depth + 1, budget)?;
        } else {
            return Err(BadQuery::unsupported(format!(
                "`{}` is not supported inside $expand; there are `$select`, `$expand`.",
                clipped(name)
            )));
        }
    }
    Ok(shape)
}

/// The pieces of `text` between separators that stand outside of brackets.
fn split(text: &str, separator: char) -> Result<Vec<&str>, BadQuery> {
    let unbalanced = || BadQuery::unreadable("The brackets in $expand don't match.");
    let (mut pieces, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(unbalanced)?,
            c if c == separator && depth == 0 => {
                pieces.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    if depth != 0 {
        return Err(unbalanced());
    }
    pieces.push(text[from..].trim());
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::super::options::Dollar;
    use super::*;

    const RULE: Members = Members {
        name: "rule",
        properties: &[("id", Type::Id)],
        usual: Usual::All,
        related: &[],
    };
    const POLICY: Members = Members {
        name: "policy",
        properties: &[("id", Type::Id), ("displayName", Type::Text)],
        usual: Usual::All,
        related: &[Link::several("rules", &RULE)],
    };
    const ASSIGNMENT: Members = Members {
        name: "assignment",
        properties: &[("id", Type::Id), ("policyId", Type::Id)],
        usual: Usual::Only(&["id"]),
        related: &[Link::one("policy", &POLICY)],
    };

    fn read(query: &str) -> Result<Shape, String> {
        let options = Options::parse(query, Dollar::Needed).unwrap();
        let shape = Shape::of(&options).map_err(|wrong| wrong.sentence)?;
        shape.check(&ASSIGNMENT).map_err(|wrong| wrong.sentence)?;
        Ok(shape)
    }

    #[test]
    fn expansions_nest_and_carry_their_own_selection() {
        let shape = read("$expand=policy($expand=rules($select=id);$select=id)").unwrap();
        let policy = shape.wants("policy").unwrap();
        assert_eq!(policy.select, Some(vec!["id".to_owned()]));
        assert!(policy.wants("Rules").is_some());
        assert!(read("$expand=*").unwrap().wants("policy").is_some());
    }

    #[test]
    fn what_is_not_there_is_refused_with_what_is() {
        for (query, part) in [
            ("$expand=group", "`policy`"),
            ("$expand=policy($expand=group)", "`rules`"),
            ("$expand=policy($filter=x)", "`$select`"),
            ("$expand=policy(", "don't match"),
            ("$expand=policy)", "don't match"),
            ("$expand=pol icy", "write it like"),
            ("$expand=policy($expand=rules($expand=x))", "2 deep"),
            (
                "$expand=policy,policy,policy,policy,policy,policy",
                "more than 5",
            ),
            ("$select=secret", "`policyId`"),
            ("$select=", "no property"),
        ] {
            let told = read(query).unwrap_err();
            assert!(told.contains(part), "{query}: {told}");
        }
    }

    #[test]
    fn id_and_annotations_always_come_along() {
        let shape = read("$select=POLICYID").unwrap();
        let object = serde_json::json!({"@odata.type": "t", "id": 1, "policyId": 2, "x": 3});
        let Value::Object(object) = object else {
            unreachable!()
        };
        assert_eq!(
            shape.apply(object, &ASSIGNMENT).to_string(),
            r#"{"@odata.type":"t","id":1,"policyId":2}"#
        );
    }
}
