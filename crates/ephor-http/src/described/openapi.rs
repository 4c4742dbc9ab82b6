//! OpenAPI 3.1 from the table of routes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::odata::shape::{Many, Members};
use crate::routes::{Entry, Route, Table};
use crate::told::{Gives, Takes};
use crate::types::{Complex, Type};

/// The document.
pub(crate) fn document(table: &Table, version: &str) -> Value {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in table.routes() {
        let (path, parameters) = templated(&route.shown());
        let operation = operation(route, &path, &parameters, &mut schemas);
        let method = route.method().as_str().to_ascii_lowercase();
        paths.entry(path).or_default().insert(method, operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ephor",
            "version": version,
            "description": "Just-in-time privileged access. Paths under /v1.0 are those of Microsoft Graph, and answer under /beta too; /ephor/v1 is Ephor's own.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.named,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    })
}

/// The path with names for what stands in the place of `{}`, and those names.
fn templated(pattern: &str) -> (String, Vec<String>) {
    let mut parameters: Vec<String> = Vec::new();
    let mut path = String::new();
    let mut before = "";
    for piece in pattern.split('/').skip(1) {
        match (piece, before) {
            ("{}", "filterByCurrentUser") => {
                path.push_str("(on='{on}')");
                parameters.push("on".into());
            }
            ("{}", _) => {
                let name = if parameters.is_empty() {
                    "id".to_owned()
                } else {
                    format!("id{}", parameters.len() + 1)
                };
                path.push_str(&format!("/{{{name}}}"));
                parameters.push(name);
            }
            (name, _) => {
                path.push('/');
                path.push_str(name);
            }
        }
        before = piece;
    }
    (path, parameters)
}

fn operation(route: &Route, path: &str, parameters: &[String], schemas: &mut Schemas) -> Value {
    let named = parameters.iter().map(
        |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
    );
    let mut parameters: Vec<Value> = named.collect();
    let query =
        |name: &str, kind: &str| json!({"name": name, "in": "query", "schema": {"type": kind}});
    if route.is_list() {
        parameters.push(query("$filter", "string"));
        parameters.push(query("$orderby", "string"));
        parameters.push(query("$top", "integer"));
        parameters.push(query("$count", "boolean"));
    }
    if route.is_shaped() {
        parameters.push(query("$select", "string"));
        parameters.push(query("$expand", "string"));
    }
    let mut operation = json!({
        "operationId": operation_id(route.method().as_str(), path),
        "tags": [route.tag()],
        "parameters": parameters,
        "responses": responses(route.told.gives, schemas),
    });
    if let Takes::Json(members) = route.told.takes {
        let schema = members.map_or_else(|| json!({"type": "object"}), |it| schemas.of(it));
        operation["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": schema}},
        });
    }
    if route.entry == Entry::Token {
        operation["security"] = json!([{"token": []}]);
    }
    operation
}

/// `GET /v1.0/groups/{id}/members` is `get.v1.0.groups.id.members`: what clients' generators make names of.
fn operation_id(method: &str, path: &str) -> String {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '$')
        .filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    format!("{}.{}", method.to_ascii_lowercase(), words.join("."))
}

fn responses(gives: Gives, schemas: &mut Schemas) -> Value {
    let json_of = |schema: Value| json!({"application/json": {"schema": schema}});
    let (status, content) = match gives {
        Gives::Nothing => ("204", None),
        Gives::Count => (
            "200",
            Some(json!({"text/plain": {"schema": {"type": "string"}}})),
        ),
        Gives::One(members) => ("200", Some(json_of(schemas.of(members)))),
        Gives::Made(members) => ("201", Some(json_of(schemas.of(members)))),
        Gives::Many(members) => {
            let list = json!({
                "type": "object",
                "required": ["value"],
                "properties": {
                    "@odata.context": {"type": "string"},
                    "@odata.count": {"type": "integer"},
                    "@odata.nextLink": {"type": "string"},
                    "value": {"type": "array", "items": schemas.of(members)},
                },
                "additionalProperties": false,
            });
            ("200", Some(json_of(list)))
        }
        Gives::Document => ("200", Some(json_of(json!({"type": "object"})))),
        Gives::Xml => (
            "200",
            Some(json!({"application/xml": {"schema": {"type": "string"}}})),
        ),
    };
    let mut good = json!({"description": "It is done."});
    if let Some(content) = content {
        good["content"] = content;
    }
    let mut responses = Map::new();
    responses.insert(status.into(), good);
    let bad = json!({
        "description": "It is refused, and why.",
        "content": {"application/json": {"schema": schemas.error()}},
    });
    responses.insert("default".into(), bad);
    Value::Object(responses)
}

/// The shapes that were met, by name.
#[derive(Default)]
struct Schemas {
    named: BTreeMap<&'static str, Value>,
}

impl Schemas {
    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn of(&mut self, members: &'static Members) -> Value {
        if !self.named.contains_key(members.name) {
            // Before what it leads to, which may lead back.
            self.named.insert(members.name, Value::Null);
            let mut properties = self.properties(members.properties);
            for link in members.related {
                let to = self.of(link.to);
                let schema = match link.many {
                    Many::One => json!({"anyOf": [to, {"type": "null"}]}),
                    Many::Several => json!({"type": "array", "items": to}),
                };
                properties.insert(link.name.into(), schema);
            }
            self.named.insert(members.name, object(properties));
        }
        Self::reference(members.name)
    }

    fn complex(&mut self, complex: &'static Complex) -> Value {
        if !self.named.contains_key(complex.name) {
            self.named.insert(complex.name, Value::Null);
            let properties = self.properties(complex.properties);
            self.named.insert(complex.name, object(properties));
        }
        Self::reference(complex.name)
    }

    fn properties(&mut self, properties: &'static [(&'static str, Type)]) -> Map<String, Value> {
        let each = properties
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), self.kind(*kind)));
        each.collect()
    }

    /// Any property may be null.
    fn kind(&mut self, kind: Type) -> Value {
        match kind {
            Type::Id | Type::Text => json!({"type": ["string", "null"]}),
            Type::Bool => json!({"type": ["boolean", "null"]}),
            Type::Int => json!({"type": ["integer", "null"]}),
            Type::Time => json!({"type": ["string", "null"], "format": "date-time"}),
            Type::Duration => json!({"type": ["string", "null"], "format": "duration"}),
            Type::Words(words) => {
                let mut all: Vec<Value> = words.words.iter().map(|word| json!(word)).collect();
                all.push(Value::Null);
                json!({"type": ["string", "null"], "enum": all})
            }
            Type::Object(complex) => {
                let schema = self.complex(complex);
                json!({"anyOf": [schema, {"type": "null"}]})
            }
            Type::Entity(members) => self.of(members),
            Type::List(item) => {
                let items = self.kind(*item);
                json!({"type": ["array", "null"], "items": items})
            }
            Type::Document => json!({"type": ["object", "null"]}),
            Type::Any => json!({}),
        }
    }

    fn error(&mut self) -> Value {
        self.named.entry("error").or_insert_with(|| {
            json!({
                "type": "object",
                "required": ["error"],
                "properties": {"error": {
                    "type": "object",
                    "required": ["code", "message", "innerError"],
                    "properties": {
                        "code": {"type": "string"},
                        "message": {"type": "string"},
                        "target": {"type": "string"},
                        "details": {"type": "array", "items": {"type": "object"}},
                        "innerError": {"type": "object"},
                    },
                }},
            })
        });
        Self::reference("error")
    }
}

/// An object with these properties and annotations, and no others.
fn object(properties: Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": {"@odata\\.": {}},
        "additionalProperties": false,
    })
}
