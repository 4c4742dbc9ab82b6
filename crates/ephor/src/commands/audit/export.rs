//! `ephor audit export`: the audit log, or a part of it, to be kept. Page by page, so that a log of any length
//! takes no more memory than a page.

use std::io::Write;

use ephor_core::caller::Caller;
use ephor_core::event::AuditForm;
use ephor_core::role::ObjectId;
use ephor_ops::OpError;
use ephor_ops::audit::{View, export, note, view};
use ephor_store::{AuditEntry, AuditQuery};

use crate::cli::{AuditExportArgs, AuditView, ExportFormat};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::place;

use super::group_named;

/// How many entries are read at once.
const PAGE: u32 = 1_000;

/// Writes the entries to standard output, newest first.
pub(crate) fn run(args: &AuditExportArgs, output: &Output) -> anyhow::Result<Exit> {
    let entries = match &args.server {
        Some(_) => from_server(args)?,
        None => from_database(args)?,
    };
    if let Some(entries) = entries {
        output.say(&format!("{entries} entries"));
    }
    Ok(Exit::Done)
}

/// Whether there is still somebody who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    There,
    Gone,
}

fn write(text: &str) -> Reader {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Reader::There,
        Err(_) => Reader::Gone,
    }
}

fn from_database(args: &AuditExportArgs) -> Result<Option<u64>, Failure> {
    if args.view.is_some() {
        return Err(Failure::usage("on the database itself there are no views")
            .hint("give --server as well, or leave --view out and narrow it by --group"));
    }
    let store = place::open_beside(&args.place)?;
    let group = args.group.clone();
    let which = store
        .read("audit export", move |tx| {
            let group = group.map(|text| group_named(tx, &text)).transpose()?;
            let of = |group| View::Object(ObjectId::Group(group));
            Ok::<_, OpError>(group.map_or(View::All, of))
        })
        .wait()
        .map_err(Failure::from)?;
    let form = match args.format {
        ExportFormat::Jsonl => AuditForm::Lines,
        ExportFormat::Csv => AuditForm::Table,
    };
    let asked = AuditQuery {
        from: args.from,
        to: args.to,
        ..AuditQuery::default()
    };
    store
        .write("audit export", Caller::operator(), move |tx| {
            note(tx, which, &asked, form)
        })
        .wait()
        .map_err(|error: OpError| Failure::from(error))?;
    if args.format == ExportFormat::Csv && write(&export::head()) == Reader::Gone {
        return Ok(None);
    }
    let (mut before, mut entries) = (None, 0);
    loop {
        let query = AuditQuery {
            from: args.from,
            to: args.to,
            before,
            limit: PAGE,
            ..AuditQuery::default()
        };
        let page: Vec<AuditEntry> = store
            .read("audit export", move |tx| {
                view(tx, &Caller::operator(), which, &query)
            })
            .wait()
            .map_err(|error: OpError| Failure::from(error))?;
        let Some(last) = page.last() else {
            return Ok(Some(entries));
        };
        before = Some(last.sequence);
        entries += page.len() as u64;
        let text: String = match args.format {
            ExportFormat::Jsonl => page.iter().map(export::line).collect(),
            ExportFormat::Csv => page.iter().map(export::row).collect(),
        };
        if write(&text) == Reader::Gone {
            return Ok(None);
        }
    }
}

/// The server's own file, page after page; how many entries are in it is not known here.
fn from_server(args: &AuditExportArgs) -> Result<Option<u64>, Failure> {
    let client = Client::new(args.server.as_deref())?;
    let view = match (args.view, &args.group) {
        (Some(AuditView::Mine), _) => "mine",
        (Some(AuditView::Group), None) => {
            return Err(Failure::usage(
                "the view `group` needs --group, the group's id",
            ));
        }
        (Some(AuditView::Group), Some(_)) => "group",
        (Some(AuditView::All) | None, _) => "all",
    };
    let format = match args.format {
        ExportFormat::Jsonl => "jsonl",
        ExportFormat::Csv => "csv",
    };
    let time = |at: Option<ephor_core::time::Instant>| at.map(|at| at.to_string());
    let (from, to) = (time(args.from), time(args.to));
    let mut query = vec![("view", view), ("format", format)];
    query.extend(args.group.as_deref().map(|group| ("groupId", group)));
    query.extend(from.as_deref().map(|from| ("from", from)));
    query.extend(to.as_deref().map(|to| ("to", to)));
    let mut page = client.file("/ephor/v1/audit", &query)?;
    loop {
        if write(&page.text) == Reader::Gone {
            return Ok(None);
        }
        match page.next {
            Some(next) => page = client.file_behind(&next)?,
            None => return Ok(None),
        }
    }
}
