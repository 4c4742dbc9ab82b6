//! CSDL 4.0 (XML) from the table of routes: types as they are answered, and where they are found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::odata::shape::{Many, Members};
use crate::routes::Table;
use crate::told::Gives;
use crate::types::{Complex, Type, Words};

/// All types that were met, by name; elements are written only once.
#[derive(Default)]
struct Types {
    entities: BTreeMap<&'static str, String>,
    complexes: BTreeMap<&'static str, String>,
    enums: BTreeMap<&'static str, String>,
}

/// The document of `/v1.0`, or of `/beta`.
pub(crate) fn document(table: &Table, beta: bool) -> String {
    let mut types = Types::default();
    let mut sets: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut singletons: BTreeMap<String, &'static str> = BTreeMap::new();
    for route in table.routes().filter(|route| route.is_graphs(beta)) {
        let (members, at) = match route.told.gives {
            Gives::Many(members) => (members, Some(&mut sets)),
            Gives::One(members) => (members, Some(&mut singletons)),
            Gives::Made(members) => (members, None),
            Gives::Nothing | Gives::Count | Gives::Document | Gives::Xml => {
                continue;
            }
        };
        if !members.properties.iter().any(|(name, _)| *name == "id") {
            continue;
        }
        types.entity(members);
        // What stands at one name right under the version is a set or a singleton; the rest is reached
        // by navigation, whose paths are in the OpenAPI document.
        let pattern = route.pattern();
        if let (Some(at), Some(name)) = (at, pattern.strip_prefix('/'))
            && !name.contains('/')
        {
            at.insert(name.to_owned(), members.name);
        }
    }
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n\
         <edmx:DataServices>\n\
         <Schema Namespace=\"microsoft.graph\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n",
    );
    let Types {
        entities,
        complexes,
        enums,
    } = types;
    for text in enums
        .values()
        .chain(complexes.values())
        .chain(entities.values())
    {
        xml.push_str(text);
    }
    xml.push_str("<EntityContainer Name=\"GraphService\">\n");
    for (name, kind) in &sets {
        line(
            &mut xml,
            format_args!("<EntitySet Name=\"{name}\" EntityType=\"microsoft.graph.{kind}\"/>"),
        );
    }
    for (name, kind) in &singletons {
        line(
            &mut xml,
            format_args!("<Singleton Name=\"{name}\" Type=\"microsoft.graph.{kind}\"/>"),
        );
    }
    xml.push_str("</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
    xml
}

fn line(xml: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(xml, "{text}").expect("a text can be added to");
}

impl Types {
    fn entity(&mut self, members: &'static Members) {
        if self.entities.contains_key(members.name) {
            return;
        }
        // Before what it leads to, which may lead back.
        self.entities.insert(members.name, String::new());
        let has_id = members.properties.iter().any(|(name, _)| *name == "id");
        let element = if has_id { "EntityType" } else { "ComplexType" };
        let mut xml = String::new();
        line(
            &mut xml,
            format_args!("<{element} Name=\"{}\">", members.name),
        );
        if has_id {
            line(
                &mut xml,
                format_args!("<Key><PropertyRef Name=\"id\"/></Key>"),
            );
        }
        self.properties(&mut xml, members.properties, has_id);
        for link in members.related {
            self.entity(link.to);
            let kind = match link.many {
                Many::One => format!("microsoft.graph.{}", link.to.name),
                Many::Several => format!("Collection(microsoft.graph.{})", link.to.name),
            };
            line(
                &mut xml,
                format_args!(
                    "<NavigationProperty Name=\"{}\" Type=\"{kind}\"/>",
                    link.name
                ),
            );
        }
        line(&mut xml, format_args!("</{element}>"));
        self.entities.insert(members.name, xml);
    }

    fn properties(
        &mut self,
        xml: &mut String,
        properties: &'static [(&'static str, Type)],
        key: bool,
    ) {
        for (name, kind) in properties {
            // Annotations are no properties.
            if name.contains('@') {
                continue;
            }
            let kind = self.kind(*kind);
            let nullable = if key && *name == "id" {
                " Nullable=\"false\""
            } else {
                ""
            };
            line(
                xml,
                format_args!("<Property Name=\"{name}\" Type=\"{kind}\"{nullable}/>"),
            );
        }
    }

    fn complex(&mut self, complex: &'static Complex) {
        if self.complexes.contains_key(complex.name) {
            return;
        }
        self.complexes.insert(complex.name, String::new());
        let mut xml = String::new();
        line(
            &mut xml,
            format_args!("<ComplexType Name=\"{}\">", complex.name),
        );
        self.properties(&mut xml, complex.properties, false);
        line(&mut xml, format_args!("</ComplexType>"));
        self.complexes.insert(complex.name, xml);
    }

    fn words(&mut self, words: &'static Words) {
        let mut xml = String::new();
        line(&mut xml, format_args!("<EnumType Name=\"{}\">", words.name));
        for (number, word) in words.words.iter().enumerate() {
            line(
                &mut xml,
                format_args!("<Member Name=\"{word}\" Value=\"{number}\"/>"),
            );
        }
        line(&mut xml, format_args!("</EnumType>"));
        self.enums.insert(words.name, xml);
    }

    fn kind(&mut self, kind: Type) -> String {
        match kind {
            Type::Id | Type::Text => "Edm.String".into(),
            Type::Bool => "Edm.Boolean".into(),
            Type::Int => "Edm.Int32".into(),
            Type::Time => "Edm.DateTimeOffset".into(),
            Type::Duration => "Edm.Duration".into(),
            Type::Document | Type::Any => "Edm.Untyped".into(),
            Type::Words(words) => {
                self.words(words);
                format!("microsoft.graph.{}", words.name)
            }
            Type::Object(complex) => {
                self.complex(complex);
                format!("microsoft.graph.{}", complex.name)
            }
            Type::Entity(members) => {
                self.entity(members);
                format!("microsoft.graph.{}", members.name)
            }
            Type::List(item) => {
                let item = self.kind(*item);
                format!("Collection({item})")
            }
        }
    }
}
