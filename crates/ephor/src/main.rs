//! Ephor: privileged access that ends on time. The program: parse, dispatch, exit code.
//!
//! It holds no rules about access. `serve` is where the parts meet; the other commands call one operation
//! each, on the database in hand or on a server.

mod cli;
mod client;
mod commands;
mod company;
mod config;
mod demo;
mod failure;
mod jobs;
mod logs;
mod master_key;
mod output;
mod password;
mod pause;
mod period;
mod pick;
mod place;
mod secret_file;
mod serve;
mod session;
mod when;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{AppCommand, AuditCommand, Cli, Command, KeysCommand, MailCommand};
use crate::failure::{Exit, Failure};
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output {
        format: cli.output,
        quiet: cli.quiet,
    };
    match run(cli.command, &output) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let failure = match error.downcast::<Failure>() {
                Ok(failure) => failure,
                Err(fault) => Failure::new(format!("{fault:#}")),
            };
            output.failed(&failure);
            failure.exit.into()
        }
    }
}

fn run(command: Command, output: &Output) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => commands::list::run(&args, output),
        Command::Activate(args) => commands::activate::run(&args, output),
        Command::Deactivate(args) => commands::deactivate::run(&args, output),
        Command::Extend(args) => commands::more::run(&args, commands::more::More::Extend, output),
        Command::Renew(args) => commands::more::run(&args, commands::more::More::Renew, output),
        Command::Requests(args) => commands::requests::run(&args, output),
        Command::Cancel(args) => commands::cancel::run(&args, output),
        Command::Approvals(args) => commands::decide::list(&args, output),
        Command::Approve(args) => commands::decide::approve(&args, output),
        Command::Deny(args) => commands::decide::deny(&args, output),
        Command::Group { command } => commands::group::run(command, output),
        Command::Package { command } => commands::package::run(command, output),
        Command::Assign(args) => commands::assign::run(&args, output),
        Command::Unassign(args) => commands::unassign::run(&args, output),
        Command::Audit { command } => match command {
            AuditCommand::List(args) => commands::audit::list(&args, output),
            AuditCommand::Export(args) => commands::audit::export::run(&args, output),
            AuditCommand::Verify(place) => commands::audit::verify(&place, output),
        },
        Command::Login(args) => commands::login::login(&args, output),
        Command::Logout(args) => commands::login::logout(&args, output),
        Command::Whoami(args) => commands::login::whoami(&args, output),
        Command::App { command } => match command {
            AppCommand::Create(args) => commands::app::create(&args, output),
        },
        Command::Keys { command } => match command {
            KeysCommand::Revoke(args) => commands::app::revoke_key(&args, output),
            KeysCommand::Rewrap(args) => commands::app::rewrap(&args, output),
        },
        Command::Link(args) => commands::app::link(&args, output),
        Command::ResetPassword(args) => commands::app::reset_password(&args, output),
        Command::Mail {
            command: MailCommand::List(args),
        } => commands::mail::list(&args, output),
        Command::Init(args) => commands::init::run(&args, output),
        Command::Serve(args) => serve::run(&args, output),
        Command::Demo(args) => demo::run(&args, output),
        Command::Token(args) => commands::token::run(&args, output),
        Command::Check(args) => commands::check::run(&args, output),
        Command::Completions { shell } => commands::completions::run(shell, output),
    }
}
