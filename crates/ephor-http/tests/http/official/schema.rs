//! The part of OpenAPI 3.0 that Microsoft's description of PIM for Groups uses: references, `allOf`,
//! discriminators by `@odata.type`, types, enums, patterns, bounds. What it uses beyond that is an error here,
//! so that nothing is passed over in silence.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;
use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

/// Schemas whose properties the file leaves out in part: it says nothing of others, nor that one is missing.
const TRIMMED: [&str; 4] = [
    "microsoft.graph.directoryObject",
    "microsoft.graph.group",
    "microsoft.graph.servicePrincipal",
    "microsoft.graph.user",
];

/// The words of a schema that are read, or say nothing about values.
const WORDS: [&str; 16] = [
    "$ref",
    "allOf",
    "description",
    "discriminator",
    "enum",
    "format",
    "items",
    "maximum",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    // What counts where nothing is said; nothing is left unsaid here.
    "default",
];

/// A description of an API.
pub(super) struct Schema {
    document: Value,
    patterns: HashMap<String, Regex>,
}

/// What a schema and all that it builds on say of an object.
#[derive(Default)]
struct Whole<'a> {
    properties: BTreeMap<&'a str, &'a Value>,
    discriminator: Option<&'a Map<String, Value>>,
    /// It says of some properties only.
    trimmed: bool,
    /// What it does not require may be left out.
    errors: bool,
}

impl Schema {
    /// Reads the description.
    pub(super) fn read(text: &str) -> Self {
        let document: Value = serde_norway::from_str(text).unwrap();
        let mut patterns = HashMap::new();
        gather(&document, &mut patterns);
        Self { document, patterns }
    }

    /// Every address of the description with `{}` for ids, and the methods it declares there.
    pub(super) fn operations(&self) -> Vec<(String, Vec<String>)> {
        let paths = self.document["paths"].as_object().unwrap();
        let bare = Regex::new(r"\(on='\{on\}'\)|\{[^}]*\}").unwrap();
        let methods = ["get", "post", "patch", "put", "delete"];
        let one = |(path, item): (&String, &Value)| {
            let path = path.replace("(on='{on}')", "/{}");
            let declared = methods.iter().filter(|method| item.get(method).is_some());
            let declared = declared.map(|method| method.to_ascii_uppercase()).collect();
            (bare.replace_all(&path, "{}").into_owned(), declared)
        };
        paths.iter().map(one).collect()
    }

    /// What an operation answers with this status: `None` where there is no such operation, `Some(None)` where
    /// it answers without JSON. In `template` ids are `{}`.
    pub(super) fn answers(
        &self,
        method: &str,
        template: &str,
        status: u16,
    ) -> Option<Option<Value>> {
        let paths = self.document["paths"].as_object().unwrap();
        let (_, item) = paths.iter().find(|(path, _)| is_same(path, template))?;
        let responses = item.get(method.to_ascii_lowercase())?["responses"]
            .as_object()
            .unwrap();
        let exact = status.to_string();
        let range = format!("{}XX", status / 100);
        let response = [exact.as_str(), range.as_str(), "default"]
            .into_iter()
            .find_map(|key| responses.get(key))?;
        let response = self.resolved(response);
        Some(
            response
                .pointer("/content/application~1json/schema")
                .cloned(),
        )
    }

    /// What is wrong with a value by this schema, each with its place.
    pub(super) fn hold(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut wrongs = Vec::new();
        self.check(schema, value, "$", &mut wrongs);
        wrongs
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let path = reference.strip_prefix('#').unwrap();
                let found = self.document.pointer(path);
                self.resolved(found.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => schema,
        }
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, wrongs: &mut Vec<String>) {
        let is_reference = schema.get("$ref").is_some();
        let name = schema["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix(SCHEMAS));
        let schema = self.resolved(schema);
        // One of several forms: what the closest of them finds wrong.
        if let Some(forms) = schema.get("anyOf").and_then(Value::as_array) {
            let found = forms.iter().map(|form| {
                let mut found = Vec::new();
                self.check(form, value, place, &mut found);
                found
            });
            wrongs.extend(found.min_by_key(Vec::len).unwrap_or_default());
            return;
        }
        for word in schema.as_object().unwrap().keys() {
            let is_read = WORDS.contains(&word.as_str()) || word.starts_with("x-");
            assert!(is_read, "{place}: `{word}` is not read here");
        }
        let is_object = schema.get("allOf").is_some() || schema["type"] == "object";
        if value.is_null() {
            // That a complex member may be null goes without saying in that file.
            if schema["nullable"] != true && !(is_reference && is_object) {
                wrongs.push(format!("{place} is null"));
            }
            return;
        }
        if is_object {
            self.check_object(schema, name, value, place, wrongs);
            return;
        }
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("array") => value.is_array(),
            Some(other) => panic!("{place}: the type `{other}` is not read here"),
            None => true,
        };
        if !fits {
            wrongs.push(format!(
                "{place} is {value}, but its type is {}",
                schema["type"]
            ));
            return;
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            wrongs.push(format!(
                "{place} is {value}, which is none of {}",
                schema["enum"]
            ));
        }
        if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
            && !self.patterns[pattern].is_match(text)
        {
            wrongs.push(format!(
                "{place} is {value}, which does not match {pattern}"
            ));
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{place}[{index}]"), wrongs);
        }
    }

    fn check_object(
        &self,
        schema: &Value,
        name: Option<&str>,
        value: &Value,
        place: &str,
        wrongs: &mut Vec<String>,
    ) {
        let Some(members) = value.as_object() else {
            wrongs.push(format!("{place} is {value}, but it must be an object"));
            return;
        };
        let mut whole = Whole::default();
        self.gather_object(schema, name, &mut whole);
        // The type that the object says it has is the one that counts, where the schema knows it.
        if let Some(mapping) = whole.discriminator
            && let Some(given) = members.get("@odata.type").and_then(Value::as_str)
        {
            match mapping.get(given).and_then(Value::as_str) {
                Some(reference) => {
                    let name = reference.strip_prefix(SCHEMAS);
                    let derived = self.document.pointer(&reference[1..]).unwrap();
                    self.gather_object(derived, name, &mut whole);
                }
                None => wrongs.push(format!("{place} has the unknown type {given}")),
            }
        }
        for (name, value) in members {
            match whole.properties.get(name.as_str()) {
                Some(schema) => self.check(schema, value, &format!("{place}.{name}"), wrongs),
                None if name.starts_with('@') || whole.trimmed || whole.properties.is_empty() => {}
                None => wrongs.push(format!("{place}.{name} is not in the description")),
            }
        }
        let required = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let missing = required.filter(|name| !members.contains_key(*name));
        wrongs.extend(missing.map(|name| format!("{place}.{name} is missing")));
        if whole.trimmed || whole.errors {
            return;
        }
        for (name, schema) in whole.properties {
            let is_needed = !name.starts_with('@') && !self.is_navigation(schema);
            if is_needed && !members.contains_key(name) {
                wrongs.push(format!("{place}.{name} is missing"));
            }
        }
    }

    fn gather_object<'a>(&'a self, schema: &'a Value, name: Option<&str>, whole: &mut Whole<'a>) {
        whole.trimmed |= name.is_some_and(|name| TRIMMED.contains(&name));
        whole.errors |= name.is_some_and(|name| name.contains("ODataErrors"));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let name = part["$ref"]
                .as_str()
                .and_then(|name| name.strip_prefix(SCHEMAS));
            self.gather_object(self.resolved(part), name, whole);
        }
        if let Some(properties) = schema["properties"].as_object() {
            whole.properties.extend(
                properties
                    .iter()
                    .map(|(name, schema)| (name.as_str(), schema)),
            );
        }
        if let Some(mapping) = schema
            .pointer("/discriminator/mapping")
            .and_then(Value::as_object)
        {
            whole.discriminator = Some(mapping);
        }
    }

    /// Whether a property is an object of its own, shown only where it is expanded.
    fn is_navigation(&self, schema: &Value) -> bool {
        let schema = if schema["type"] == "array" {
            &schema["items"]
        } else {
            schema
        };
        self.is_entity(self.resolved(schema))
    }

    fn is_entity(&self, schema: &Value) -> bool {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        parts.into_iter().any(|part| {
            part["$ref"] == format!("{SCHEMAS}microsoft.graph.entity")
                || self.is_entity(self.resolved(part))
        })
    }
}

/// Every pattern in the document, compiled.
fn gather(value: &Value, patterns: &mut HashMap<String, Regex>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let ("pattern", Some(text)) = (name.as_str(), value.as_str()) {
                    patterns.insert(text.to_owned(), Regex::new(text).unwrap());
                }
                gather(value, patterns);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, patterns)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a path of the description is one of ours: ids have names there, and functions brackets.
fn is_same(path: &str, template: &str) -> bool {
    let path = path.replace("filterByCurrentUser(on='{on}')", "filterByCurrentUser/{on}");
    let ours: Vec<&str> = template.split('/').collect();
    let theirs: Vec<&str> = path.split('/').collect();
    let same = |(ours, theirs): (&&str, &&str)| {
        ours == theirs || (*ours == "{}" && theirs.starts_with('{'))
    };
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same)
}
