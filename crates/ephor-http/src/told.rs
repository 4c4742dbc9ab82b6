//! What a route takes and gives, as it is described to others: from this come `/openapi.json` and the choice
//! of whether a body is read.

use http::Method;

use crate::odata::shape::Members;

/// What is told of a route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) gives: Gives,
    pub(crate) takes: Takes,
}

/// What is answered where all is well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gives {
    /// 204.
    Nothing,
    /// A number as text.
    Count,
    /// An object.
    One(&'static Members),
    /// A list of objects, under `value`.
    Many(&'static Members),
    /// 201 with what was made.
    Made(&'static Members),
    /// JSON of a form that is told elsewhere.
    Document,
    /// XML.
    Xml,
}

/// What is read with the request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    /// What is usual for the method: JSON with `POST` and `PATCH`.
    AsUsual,
    /// No body; what is sent all the same is passed over.
    Nothing,
    /// A JSON object.
    Json(Option<&'static Members>),
}

impl Told {
    /// It takes such an object.
    pub(crate) const fn takes(self, members: &'static Members) -> Self {
        Self {
            takes: Takes::Json(Some(members)),
            ..self
        }
    }

    /// It takes no body, whatever its method.
    pub(crate) const fn takes_nothing(self) -> Self {
        Self {
            takes: Takes::Nothing,
            ..self
        }
    }

    /// The same, where what it takes is what is usual for the method.
    pub(crate) fn usually(self, method: &Method) -> Self {
        let takes = match self.takes {
            Takes::AsUsual if *method == Method::POST || *method == Method::PATCH => {
                Takes::Json(None)
            }
            Takes::AsUsual => Takes::Nothing,
            told @ (Takes::Nothing | Takes::Json(_)) => told,
        };
        Self { takes, ..self }
    }
}

const fn gives(gives: Gives) -> Told {
    let takes = Takes::AsUsual;
    Told { gives, takes }
}

pub(crate) const fn done() -> Told {
    gives(Gives::Nothing)
}

pub(crate) const fn count() -> Told {
    gives(Gives::Count)
}

pub(crate) const fn one(members: &'static Members) -> Told {
    gives(Gives::One(members))
}

pub(crate) const fn many(members: &'static Members) -> Told {
    gives(Gives::Many(members))
}

pub(crate) const fn made(members: &'static Members) -> Told {
    gives(Gives::Made(members))
}

pub(crate) const fn document() -> Told {
    gives(Gives::Document)
}

pub(crate) const fn xml() -> Told {
    gives(Gives::Xml)
}
