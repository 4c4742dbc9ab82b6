//! A call as a handler meets it: who, what, and the only ways to the store.
//!
//! [`Call::read`] and [`Call::write`] judge the token's time in the transaction they open, so a handler
//! cannot forget it and a token cannot outlive itself while its request waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ephor_core::caller::{Caller, Issuance};
use ephor_core::event::Attempt;
use ephor_core::query::Page;
use ephor_core::refusal::{Code, Refusal};
use ephor_core::time::Instant;
use ephor_ops::repeat::{self, Before, Repeatable};
use ephor_ops::signin::session;
use ephor_ops::{OpError, OpResult};
use ephor_store::{ReadTx, Tx};
use http::request::Parts;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::answer::Answer;
use crate::error::{Family, HttpError};
use crate::fields::{BadField, Fields};
use crate::json::Json;
use crate::odata::bind::Property;
use crate::odata::listing::{Consistency, Listing, counting, listing};
use crate::odata::options::Options;
use crate::odata::page::{Binding, Place};
use crate::odata::shape::{Members, Shape};
use crate::odata::{BadQuery, page};
use crate::options::OperatorTokens;
use crate::state::App;
use crate::step_up::SignInAge;
use crate::token::Validity;

/// Which of Graph's versions the address names. They are the same routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    Beta,
    /// Ephor's own paths.
    Own,
}

impl Version {
    /// The first segment of its paths.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::V1 => "/v1.0",
            Self::Beta => "/beta",
            Self::Own => "",
        }
    }
}

/// How a request says who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the cookie of a browser's session.
    Cookie,
    /// By an access token.
    Bearer,
}

/// Who signed the request, and until when that counts.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) caller: Caller,
    pub(crate) validity: Validity,
    pub(crate) way: Way,
}

/// A call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) request_id: Uuid,
    pub(crate) version: Version,
    pub(crate) family: Family,
    /// The path that was found in the table, with its version, in its canonical form.
    pub(crate) path: String,
    /// What stands in the place of `{}`, in order.
    pub(crate) params: Vec<String>,
    pub(crate) options: Options,
    /// Whether `ConsistencyLevel: eventual` was sent.
    pub(crate) eventual: bool,
    pub(crate) signed: Option<Signed>,
    /// How old the sign-in behind it may be.
    pub(crate) age: SignInAge,
    pub(crate) body: Option<Arc<Json>>,
    /// Whether the token's time has been judged in a transaction.
    pub(crate) judged: Arc<AtomicBool>,
    /// What its sender calls it, where it may come again (F-19).
    pub(crate) repeat: Option<Repeatable>,
    /// The request as it came: what parts of a batch inherit.
    pub(crate) parts: Arc<Parts>,
}

/// What a read came to, and the present in which it did.
pub(crate) struct At<T> {
    pub(crate) now: Instant,
    pub(crate) value: T,
}

/// How a change was done.
enum Done<T, A> {
    /// Now, and its answer is still to be rendered.
    Now(At<T>, A),
    /// Now, and its answer was kept with it.
    Kept(Answer),
    /// Before: what was answered then.
    Before(String),
}

impl Call {
    /// What stands in the place of the `index`th `{}`.
    pub(crate) fn param(&self, index: usize) -> &str {
        self.params.get(index).map_or("", String::as_str)
    }

    /// An id from the path; one that can't be an id is an id that does not exist.
    pub(crate) fn id<T: std::str::FromStr>(&self, index: usize) -> Result<T, HttpError> {
        let text = self.param(index);
        text.parse()
            .map_err(|_| HttpError::not_found(self.family, text))
    }

    fn caller(&self) -> Result<&Signed, HttpError> {
        self.signed
            .as_ref()
            .ok_or_else(|| HttpError::not_signed_in("no access token"))
    }

    /// Runs a read with the caller, in one transaction.
    pub(crate) async fn read<T, F>(&self, name: &'static str, run: F) -> Result<At<T>, HttpError>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTx<'_>, &Caller) -> OpResult<T> + Send + 'static,
    {
        let signed = self.caller()?.clone();
        let hold = self.app.reset_hold;
        let page = self.page()?;
        let judged = Arc::clone(&self.judged);
        self.app
            .store
            .read(name, move |tx| {
                judge(&signed, tx.now())?;
                judged.store(true, Ordering::Relaxed);
                still_good(page, tx.now())?;
                let caller = session::check(tx, &signed.caller, hold)?;
                Ok(At {
                    now: tx.now(),
                    value: run(tx, &caller)?,
                })
            })
            .await
            .map_err(|error| HttpError::operation(&error, self.family))
    }

    /// Runs a change as the caller, in one transaction, and answers after the commit. A request that came
    /// before is answered as it was then, and changes nothing (F-19).
    pub(crate) async fn write<T, F, A>(
        &self,
        name: &'static str,
        run: F,
        answer: A,
    ) -> Result<Answer, HttpError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> OpResult<T> + Send + 'static,
        A: FnOnce(&Self, At<T>) -> Answer + Send + 'static,
    {
        let signed = self.caller()?.clone();
        let hold = self.app.reset_hold;
        let caller = signed.caller.clone();
        let judged = Arc::clone(&self.judged);
        let may_change = self.may_change();
        let age = self.age;
        let repeatable = self.repeat.clone().map(|repeat| (repeat, self.clone()));
        let done = self
            .app
            .store
            .write(name, caller, move |tx| {
                judge(&signed, tx.now())?;
                judged.store(true, Ordering::Relaxed);
                let caller = session::check(tx, &signed.caller, hold)?;
                tx.refine_caller(caller);
                may_change.map_err(|refusal| OpError::from(refusal).at(nameless(name)))?;
                match age {
                    SignInAge::Any => {}
                    SignInAge::Fresh => session::is_fresh(tx, &signed.caller)
                        .map_err(|error| error.at(nameless(name)))?,
                }
                let now = tx.now();
                // Only what may come again is rendered on the writer's thread.
                let Some((repeat, call)) = repeatable else {
                    let value = run(tx)?;
                    return Ok(Done::Now(At { now, value }, answer));
                };
                let before = repeat::before(tx, &repeat)
                    .map_err(|error: OpError| error.at(nameless(name)))?;
                if let Before::Answered(answer) = before {
                    return Ok(Done::Before(answer));
                }
                let value = run(tx)?;
                let answer = answer(&call, At { now, value });
                repeat::keep(tx, &repeat, &before, &answer.kept())?;
                Ok(Done::Kept(answer))
            })
            .await
            .map_err(|error: OpError| HttpError::operation(&error, self.family))?;
        match done {
            Done::Now(value, answer) => Ok(answer(self, value)),
            Done::Kept(answer) => Ok(answer),
            Done::Before(kept) => {
                Answer::again(&kept).ok_or_else(|| HttpError::fault("a kept answer can't be read"))
            }
        }
    }

    /// Records that something is read, where reading leaves an entry; it changes nothing else, so a token that
    /// may only read may do it. Further pages of a list that was begun leave none.
    pub(crate) async fn note<F>(&self, name: &'static str, run: F) -> Result<(), HttpError>
    where
        F: FnOnce(&mut Tx<'_>) -> OpResult<()> + Send + 'static,
    {
        if self.page()?.is_some() {
            return Ok(());
        }
        let signed = self.caller()?.clone();
        let hold = self.app.reset_hold;
        self.app
            .store
            .write(name, signed.caller.clone(), move |tx| {
                judge(&signed, tx.now())?;
                let caller = session::check(tx, &signed.caller, hold)?;
                tx.refine_caller(caller);
                run(tx)
            })
            .await
            .map_err(|error: OpError| HttpError::operation(&error, self.family))
    }

    /// The call for one of several changes that it asks for: each has one effect by itself.
    pub(crate) fn part(&self, index: usize) -> Self {
        let mut part = self.clone();
        if let Some(repeat) = &mut part.repeat {
            repeat.key.push_str(&format!(" {index}"));
        }
        part
    }

    /// Judges the token's time before anything costly that comes before the transaction.
    pub(crate) async fn is_signed_in(&self) -> Result<(), HttpError> {
        self.read("token.judge", |_, _| Ok(())).await.map(|_| ())
    }

    /// Refused where the token may only read (T-43).
    pub(crate) fn may_change(&self) -> Result<(), Refusal> {
        let operators = self
            .signed
            .as_ref()
            .is_some_and(|signed| signed.caller.issuance == Issuance::Operator);
        match self.app.operator_tokens {
            OperatorTokens::ReadOnly if operators => Err(Refusal::new(
                Code::Denied,
                "tokens that the operator issued may only read here",
            )
            .hint("sign in, or let the operator set security.operator_tokens to full")),
            OperatorTokens::ReadOnly | OperatorTokens::Full | OperatorTokens::Off => Ok(()),
        }
    }

    /// The body's properties, read by `read`.
    pub(crate) fn body<T>(
        &self,
        read: impl FnOnce(&Fields<'_>) -> Result<T, BadField>,
    ) -> Result<T, HttpError> {
        let body = self.body.as_deref().unwrap_or(&Json::Null);
        Fields::of(body)
            .and_then(|fields| read(&fields))
            .map_err(|wrong| HttpError::field(&wrong, self.family))
    }

    /// A query that is wrong, as this family tells it.
    pub(crate) fn query<T>(&self, read: Result<T, BadQuery>) -> Result<T, HttpError> {
        read.map_err(|wrong| HttpError::query(wrong, self.family))
    }

    /// The shape that `$select` and `$expand` ask for, where nothing else can be asked.
    pub(crate) fn shape(&self, members: &Members) -> Result<Shape, HttpError> {
        self.query(
            self.options
                .only(&["$select", "$expand"])
                .and_then(|()| Shape::of(&self.options))
                .and_then(|shape| shape.check(members).map(|()| shape)),
        )
    }

    /// Refuses every OData option.
    pub(crate) fn no_options(&self) -> Result<(), HttpError> {
        self.query(self.options.only(&[]))
    }

    fn consistency(&self) -> Consistency {
        match (self.family, self.eventual) {
            (Family::Directory, true) => Consistency::Eventual,
            (Family::Directory, false) => Consistency::Plain,
            (
                Family::Schedules
                | Family::Roles
                | Family::Approvals
                | Family::Policies
                | Family::Packages
                | Family::Other
                | Family::Ephor,
                _,
            ) => Consistency::NotOfTheDirectory,
        }
    }

    /// The list that is asked for.
    pub(crate) fn listing<F: Copy>(
        &self,
        table: &'static [Property<F>],
        members: &Members,
    ) -> Result<Listing<F>, HttpError> {
        let from = self.page()?.map(|place| place.at);
        self.query(listing(
            &self.options,
            table,
            members,
            self.consistency(),
            from,
        ))
    }

    /// The rows that `/$count` is to count.
    pub(crate) fn counting<F: Copy>(
        &self,
        table: &'static [Property<F>],
    ) -> Result<ephor_core::query::Query<F>, HttpError> {
        if self.consistency() == Consistency::Plain {
            return Err(HttpError::new(
                http::StatusCode::BAD_REQUEST,
                "Request_BadRequest",
                "$count is not currently supported. Send the header `ConsistencyLevel: eventual`.",
            ));
        }
        self.query(counting(&self.options, table, self.consistency()))
    }

    fn binding(&self) -> Binding<'_> {
        Binding {
            path: &self.path,
            options: &self.options,
            caller: self.signed.as_ref().and_then(|signed| signed.caller.user()),
        }
    }

    /// The place in a list that the address names.
    pub(crate) fn page(&self) -> Result<Option<page::Place>, HttpError> {
        let place = self
            .options
            .get("$skiptoken")
            .map(|token| self.app.pager.place(self.binding(), token))
            .transpose();
        self.query(place)
    }

    /// The address of the page that goes on at `at`.
    pub(crate) fn next_link(&self, at: u64, now: Instant) -> Option<String> {
        let token = self.app.pager.token(self.binding(), at, now)?;
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let mut link = format!("{}{}?", self.app.public_url, self.path);
        for (name, value) in self.options.for_link() {
            let dollar = name.strip_prefix('$').map_or("", |_| "$");
            let bare = encode(name.strip_prefix('$').unwrap_or(name));
            link.push_str(&format!("{dollar}{bare}={}&", encode(value)));
        }
        link.push_str(&format!("$skiptoken={token}"));
        Some(link)
    }

    /// `…/$metadata#` and what follows.
    pub(crate) fn context(&self, of: &str) -> String {
        let version = match self.version {
            Version::Beta => Version::Beta,
            Version::V1 | Version::Own => Version::V1,
        };
        format!("{}{}/$metadata#{of}", self.app.public_url, version.prefix())
    }

    /// A list's answer: its context, its rows, and where it goes on.
    pub(crate) fn list<F, T>(
        &self,
        context: &str,
        listing: &Listing<F>,
        page: At<Page<T>>,
        render: impl FnMut(T) -> Value,
    ) -> Answer {
        let At { now, value: page } = page;
        let mut body = Map::new();
        body.insert("@odata.context".into(), self.context(context).into());
        if let Some(count) = page.count.filter(|_| listing.query.count) {
            body.insert("@odata.count".into(), count.into());
        }
        if page.more {
            let shown = u64::from(listing.query.skip) + u64::from(listing.query.top);
            let at = page.last.unwrap_or(shown);
            if let Some(link) = self.next_link(at, now) {
                body.insert("@odata.nextLink".into(), link.into());
            }
        }
        body.insert("value".into(), page.map(render).rows.into());
        Answer::json(Value::Object(body))
    }

    /// The answer of a list that is never paged.
    pub(crate) fn whole(&self, context: &str, count: Option<usize>, rows: Vec<Value>) -> Answer {
        let mut body = Map::new();
        body.insert("@odata.context".into(), self.context(context).into());
        if let Some(count) = count {
            body.insert("@odata.count".into(), count.into());
        }
        body.insert("value".into(), rows.into());
        Answer::json(Value::Object(body))
    }

    /// One object's answer: its context in front.
    pub(crate) fn entity(&self, context: &str, object: Value) -> Answer {
        let mut body = Map::new();
        body.insert("@odata.context".into(), self.context(context).into());
        if let Value::Object(members) = object {
            body.extend(members);
        }
        Answer::json(Value::Object(body))
    }
}

fn judge(signed: &Signed, now: Instant) -> OpResult<()> {
    signed
        .validity
        .check(now)
        .map_err(|why| Refusal::new(Code::NotSignedIn, format!("the access token: {why}")).into())
}

fn still_good(page: Option<Place>, now: Instant) -> OpResult<()> {
    match page {
        Some(place) if now >= place.until => Err(Refusal::new(
            Code::BadRequest,
            "the link to this page was good for an hour, and that is over",
        )
        .hint("start the list anew")
        .into()),
        Some(_) | None => Ok(()),
    }
}

fn nameless(operation: &str) -> Attempt {
    Attempt {
        operation: operation.to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: None,
    }
}
