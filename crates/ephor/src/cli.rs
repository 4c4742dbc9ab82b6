//! The command line: every command and flag, with the help texts that are its reference documentation.
//!
//! Nothing is decided here. A golden test holds the help texts, so that a change of them is seen in review.

mod assign;
mod decide;
mod evidence;
mod group;
mod lasting;
mod more;
mod package;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ephor_store::MailState;

pub(crate) use evidence::{AuditExportArgs, AuditView, ExportFormat};

use crate::output::Format;
use crate::period;

pub(crate) use assign::{AssignArgs, UnassignArgs};
pub(crate) use decide::{ApprovalsArgs, ApproveArgs, CancelArgs, DenyArgs};
pub(crate) use group::{
    GroupCommand, GroupDiscoverArgs, GroupListArgs, GroupManageArgs, GroupSettingsArgs,
    GroupShowArgs,
};
pub(crate) use lasting::LastingArgs;
pub(crate) use more::MoreArgs;
pub(crate) use package::{
    PackageApproveArgs, PackageAssignArgs, PackageCommand, PackageListArgs, PackageRemoveArgs,
    PackageRepairArgs, PackageRequestArgs,
};

/// Privileged access to groups that ends on time.
#[derive(Debug, Parser)]
#[command(
    name = "ephor",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "\
Exit codes:
  0  done
  1  refused or failed
  2  wrong usage
  3  not signed in
  4  waiting for approval

Data goes to standard output, everything else to standard error. NO_COLOR is honoured.
Try it: `ephor demo`"
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// How to print what was asked for: a table for people, or JSON for programs
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    pub(crate) output: Format,

    /// Print data and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what you may activate, what you have, and what has ended
    ///
    /// Shows the roles of the person whose token is given: eligible ones with what can be done now, active
    /// ones with the time that is left, and those that ended in the last 30 days. Time left is told by the
    /// server's clock, times of day by this machine's time zone.
    #[command(after_help = "\
Examples:
  ephor list --server https://ephor.contoso.example
  ephor list --output json

JSON: {\"now\", \"eligible\": [role], \"active\": [role], \"ended\": [role]}, where a role is
  {\"group\", \"groupId\", \"accessId\", \"scheduleId\", \"startsAt\", \"endsAt\", \"secondsLeft\", \"offers\"};
  times are UTC, endsAt and secondsLeft are null without an end.")]
    List(ListArgs),

    /// Activate a membership or ownership that you are eligible for
    ///
    /// GROUP is a name, a part of one that only one group has, or an id, among the groups you are eligible
    /// for; without it you pick from them, on a terminal. Several groups are asked for at once, and each gets
    /// its own answer: one refusal does not hold up the others.
    ///
    /// Where a policy asks for approval, the activation waits for it, and its time counts from then. --wait
    /// stays until it is decided.
    #[command(after_help = "\
Examples:
  ephor activate 'Production admins' --for 2h --why 'incident 4711'
  ephor activate prod vpn --for PT30M --why 'release' --ticket 'Jira:OPS-17'
  ephor activate keys --why 'release 4.2' --wait
  ephor activate prod --owner --validate

JSON: {\"results\": [{\"group\", \"groupId\", \"accessId\", \"status\", \"requestId\", \"startsAt\", \"endsAt\",
  \"review\", \"error\"}]}; status is Provisioned, Granted (it starts later), PendingApproval or Refused, with
  --validate Granted or PendingApproval as it would be, with --wait also Denied, Failed or Canceled; review is
  {\"status\", \"by\", \"justification\"} where --wait saw a decision, else null; error is {\"code\", \"message\",
  \"rules\", \"hint\"} where it was refused, else null.
Exit code: 1 if one was refused or denied, else 4 if one waits for approval, else 0.")]
    Activate(ActivateArgs),

    /// End an activation before its time
    ///
    /// GROUP is a name, a part of one, or an id, among the groups that you have activated; without it you pick
    /// from them, on a terminal. An activation can be ended once it has stood for five minutes.
    #[command(after_help = "\
Examples:
  ephor deactivate 'Production admins'
  ephor deactivate prod vpn --why 'done early'

JSON: as for `ephor activate`; status is Revoked or Refused.")]
    Deactivate(DeactivateArgs),

    /// Ask to extend what you are assigned, in the last 14 days before its end
    ///
    /// GROUP is a name, a part of one, or an id, among what can be extended; `ephor list` shows it. Whoever
    /// runs the group decides. With --user you extend somebody's assignment as whoever runs the group, and
    /// nobody else is asked; GROUP is then any group.
    #[command(after_help = "\
Examples:
  ephor extend payroll --why 'the audit goes on' --for 90d
  ephor extend payroll --user hugo@contoso.example --until 2027-06-30T18:00

JSON: as for `ephor activate`; status is PendingAdminDecision, Provisioned (with --user) or Refused.
Exit code: 1 if one was refused, else 4 if one waits for a decision, else 0.")]
    Extend(MoreArgs),

    /// Ask for what you were assigned once more, within 30 days of its end
    ///
    /// GROUP is a name, a part of one, or an id, among what can be renewed; `ephor list` shows it. Whoever
    /// runs the group decides. With --user you renew somebody's assignment as whoever runs the group, and
    /// nobody else is asked; GROUP is then any group.
    #[command(after_help = "\
Examples:
  ephor renew payroll --why 'the audit is back'
  ephor renew payroll --user hugo@contoso.example --for 180d --why 'stays in the team'

JSON: as for `ephor extend`.")]
    Renew(MoreArgs),

    /// List the requests you have made, newest first
    #[command(after_help = "\
Examples:
  ephor requests
  ephor requests --limit 5 --output json

JSON: {\"requests\": [request]}, where a request is {\"id\", \"action\", \"status\", \"kind\", \"group\", \"groupId\",
  \"accessId\", \"principal\", \"principalId\", \"createdAt\", \"startsAt\", \"endsAt\", \"duration\",
  \"justification\", \"ticket\"}; kind is eligible or active, ticket {\"system\", \"number\"} or null.")]
    Requests(RequestsArgs),

    /// Withdraw requests that wait, or that were granted and have not begun
    ///
    /// ID is a request's id, the beginning of it, or the name of its group, among your own requests; without
    /// it you pick from them, on a terminal. Whoever runs a group can withdraw anybody's request about it, by
    /// its whole id.
    #[command(after_help = "\
Examples:
  ephor cancel 3f2c
  ephor cancel 'Signing keys'

JSON: {\"results\": [{\"id\", \"group\", \"groupId\", \"accessId\", \"principal\", \"principalId\", \"action\",
  \"status\", \"error\"}]}; status is Canceled or Refused, error as for `ephor activate`.")]
    Cancel(CancelArgs),

    /// List what waits for your decision
    ///
    /// Activations that you are an approver of, and wishes to extend or renew an assignment in groups that you
    /// run. A request that nobody decides within 24 hours ends by itself, and grants nothing.
    #[command(after_help = "\
Examples:
  ephor approvals
  ephor approvals --output json

JSON: {\"requests\": [request]}, each as in `ephor requests`.")]
    Approvals(ApprovalsArgs),

    /// Approve requests that wait for your decision
    ///
    /// ID is a request's id or the beginning of it, as `ephor approvals` shows it; without it you pick, on a
    /// terminal. The first decision is final. An activation's time counts from its approval. Who approves
    /// that an assignment is extended or renewed may give it another time than was asked for.
    #[command(after_help = "\
Examples:
  ephor approve 3f2c --why 'release 4.2 is planned'
  ephor approve 81d0 --why 'until the audit is over' --for 30d

JSON: {\"results\": [{\"id\", \"group\", \"groupId\", \"accessId\", \"principal\", \"principalId\", \"action\",
  \"status\", \"error\"}]}; status is what became of the request, or Refused; error as for `ephor activate`.")]
    Approve(ApproveArgs),

    /// Deny requests that wait for your decision
    ///
    /// ID is a request's id or the beginning of it, as `ephor approvals` shows it; without it you pick, on a
    /// terminal. The first decision is final.
    #[command(after_help = "\
Examples:
  ephor deny 3f2c --why 'not during the freeze'

JSON: as for `ephor approve`; status is Denied or Refused.")]
    Deny(DenyArgs),

    /// Bring groups under management, and run them
    Group {
        /// Which of them.
        #[command(subcommand)]
        command: GroupCommand,
    },

    /// Ask for access packages, and hand them out
    Package {
        /// Which of them.
        #[command(subcommand)]
        command: PackageCommand,
    },

    /// Assign people to a group, as whoever runs it
    ///
    /// WHO is a user principal name, a name or the beginning of one, an id, or `group:NAME` for everybody in a
    /// group. Makes them eligible, or with --active gives them the access itself. Without --for, --until or
    /// --permanent it lasts as long as the policy allows. The first assignment brings a group under management.
    #[command(after_help = "\
Examples:
  ephor assign 'Production admins' ada ben --for 180d
  ephor assign vpn group:'On-call engineers' --permanent
  ephor assign payroll iris --active --until 2027-01-31T18:00 --why 'year end'
  ephor assign payroll iris --update --for 30d

JSON: {\"results\": [{\"principal\", \"principalId\", \"group\", \"groupId\", \"accessId\", \"kind\", \"status\",
  \"requestId\", \"startsAt\", \"endsAt\", \"error\"}]}; kind is eligible or active, status Provisioned, Granted
  (it starts later), Revoked (of `ephor unassign`) or Refused, error as for `ephor activate`.")]
    Assign(AssignArgs),

    /// Take an assignment away, as whoever runs the group
    ///
    /// WHO is one of those who are assigned to the group: a name, a part of one, or an id. What they are
    /// eligible for ends with --eligible, what they hold with --active; without either, whichever there is.
    #[command(after_help = "\
Examples:
  ephor unassign 'Production admins' ada --why 'moved to another team'

JSON: as for `ephor assign`.")]
    Unassign(UnassignArgs),

    /// Read and verify the audit log
    Audit {
        /// Which of them.
        #[command(subcommand)]
        command: AuditCommand,
    },

    /// Sign in for the commands above
    ///
    /// Opens a browser on this machine and waits for it; where there is none, or with --device, it shows a code
    /// to type into a browser anywhere. The session is kept in ~/.config/ephor/session.json, which only you
    /// may read, and is refreshed by the commands until it ends.
    #[command(after_help = "\
Examples:
  ephor login --server https://ephor.contoso.example
  ephor login --server https://ephor.contoso.example --device

JSON: {\"userPrincipalName\", \"displayName\", \"id\", \"server\"}")]
    Login(LoginArgs),

    /// Sign out: end the session that `ephor login` began
    #[command(after_help = "\
JSON: {\"signedOut\": true}")]
    Logout(LogoutArgs),

    /// Say who is signed in, and where
    #[command(after_help = "\
JSON: {\"userPrincipalName\", \"displayName\", \"id\", \"server\"}")]
    Whoami(WhoamiArgs),

    /// Register applications that sign people in
    App {
        /// What to do.
        #[command(subcommand)]
        command: AppCommand,
    },

    /// Withdraw signing keys, and put another master key in its place
    Keys {
        /// What to do.
        #[command(subcommand)]
        command: KeysCommand,
    },

    /// Print a one-time code by which a user sets a new password
    ///
    /// Every session of theirs ends at once. The code is good for ten minutes, works once, and stands for the
    /// password alone: whoever has a second factor still shows it.
    #[command(after_help = "\
Examples:
  ephor reset-password --data /var/lib/ephor --user ada@contoso.example

JSON: {\"code\", \"expiresAt\", \"user\": {\"id\", \"userPrincipalName\"}}")]
    ResetPassword(ResetPasswordArgs),

    /// Link an account with what another identity provider calls its owner
    ///
    /// From then on whoever signs in there under that subject signs in here as this user. Take issuer and
    /// subject from the provider, letter by letter: names and mail addresses count for nothing.
    #[command(after_help = "\
Examples:
  ephor link --data /var/lib/ephor --user ada@contoso.example --issuer https://idp.corp.example --subject 248289761001

JSON: {\"userId\", \"issuer\", \"subject\"}")]
    Link(LinkArgs),

    /// Read the mails that were sent or are kept
    Mail {
        /// Which of them.
        #[command(subcommand)]
        command: MailCommand,
    },

    /// Make a tenant and its first Global Administrator
    ///
    /// Refuses a directory or database that already has a tenant. The password has at least 12 characters;
    /// it is asked for on a terminal, or read from the first line of standard input with --password-stdin.
    #[command(after_help = "\
Examples:
  ephor init --data /var/lib/ephor --domain contoso.example --admin admin@contoso.example
  ephor init --database postgres://ephor@db/ephor --domain contoso.example \\
    --admin admin@contoso.example --password-stdin < password.txt

JSON: {\"tenantId\", \"domain\", \"adminId\", \"adminUserPrincipalName\"}")]
    Init(InitArgs),

    /// Serve the API
    ///
    /// Settings come from the command line, then from the environment (EPHOR_SECTION_KEY), then from the
    /// file given with --config; docs/operating/settings.md describes each key. SIGTERM and SIGINT finish
    /// what is under way and end within 10 seconds; SIGHUP reads `log.level` anew.
    ///
    /// Plain HTTP is served on loopback. Behind a proxy that terminates TLS, say so with a --public-url that
    /// begins with https://; any address may then be listened on.
    #[command(after_help = "\
Examples:
  ephor serve --data /var/lib/ephor
  ephor serve --config /etc/ephor/ephor.toml
  ephor serve --data /var/lib/ephor --listen 0.0.0.0:8080 --public-url https://ephor.contoso.example

When it is ready, one line on standard error says where it listens; with --output json a line on standard
output: {\"url\", \"listen\", \"pid\"}. Exit code 70: a commit failed and the process ended itself; start it again.")]
    Serve(ServeArgs),

    /// Try Ephor with a small company whose clock can be moved
    ///
    /// Makes the company Contoso the first time, with people, groups of every kind, and assignments, and
    /// serves it on loopback. Run again with the same --data it keeps everything, the moved clock too. Its
    /// clock moves forward by `POST /demo/clock {\"advance\":\"PT8H\"}`: no other command has that. A directory
    /// that holds a real tenant is refused.
    #[command(after_help = "\
Examples:
  ephor demo
  ephor demo --data ./contoso --listen 127.0.0.1:8088
  ephor demo --output json

JSON, as the first line: {\"url\", \"tenantId\", \"data\", \"people\": [{\"userPrincipalName\", \"displayName\",
  \"password\", \"id\"}]}")]
    Demo(DemoArgs),

    /// Print an access token for a user: the operator's way in
    ///
    /// Works on the machine that holds the database, also beside a running server. The token carries every
    /// delegated permission of that user and is good for at most one hour. Issuing it is recorded, and each
    /// record it causes says that it came from the operator. The server takes it as far as its setting
    /// `security.operator_tokens` says.
    #[command(after_help = "\
Examples:
  export EPHOR_TOKEN=$(ephor token --data /var/lib/ephor --user ada@contoso.example --mfa)
  ephor token --data /var/lib/ephor --user ada@contoso.example --lifetime 10m --output json

Standard output holds the token and nothing else.
JSON: {\"accessToken\", \"tokenType\", \"server\", \"expiresAt\", \"user\": {\"id\", \"userPrincipalName\"}}")]
    Token(TokenArgs),

    /// Check that a data directory or database is well
    ///
    /// Opens it, looks at the schema and the clock and, with --full, walks the whole audit chain. Exits with 1
    /// and says what to do if something is wrong. Works beside a running server.
    #[command(after_help = "\
Examples:
  ephor check --data /var/lib/ephor
  ephor check --data /var/lib/ephor --full --output json

JSON: {\"ok\", \"engine\", \"schema\", \"now\", \"clockBehindSeconds\", \"auditEntries\", \"users\", \"groups\",
  \"audit\": null | {\"sound\", \"entries\", \"head\" | \"brokenAt\", \"wrong\"}, \"problems\": [{\"problem\", \"remedy\"}]}")]
    Check(CheckArgs),

    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  ephor completions bash > /etc/bash_completion.d/ephor
  ephor completions fish > ~/.config/fish/completions/ephor.fish")]
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// Shells that completions are printed for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

/// Which database a command of the operator works on.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    /// The data directory, with SQLite in it [setting: store.data]
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    pub(crate) data: Option<PathBuf>,

    /// The PostgreSQL database [setting: store.database]
    ///
    /// A password in it can be seen by others on this machine; EPHOR_STORE_DATABASE or a file named by
    /// EPHOR_STORE_DATABASE_FILE can't.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,

    /// The file with the settings, for where the database is
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Which server a client command talks to.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArgs {
    /// Address of the server; without it the one of `ephor login`. A token in EPHOR_TOKEN goes before a session
    #[arg(long, value_name = "URL", env = "EPHOR_SERVER")]
    pub(crate) server: Option<String>,
}

/// `ephor list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor activate`
#[derive(Debug, Args)]
pub(crate) struct ActivateArgs {
    /// Which groups: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) groups: Vec<String>,

    /// Activate the ownership instead of the membership
    #[arg(long)]
    pub(crate) owner: bool,

    /// For how long: PT2H, 2h, 90m, 1h30m; without it as long as the policy allows
    #[arg(long = "for", value_name = "DURATION", value_parser = period::parse)]
    pub(crate) duration: Option<ephor_core::time::IsoDuration>,

    /// From when: 14:30, 2026-11-21T14:30 (in this machine's time zone), or with an offset; without it at once
    #[arg(long = "at", value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// Why: kept with the request and shown to whoever reads the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// The ticket that stands for it
    #[arg(long, value_name = "SYSTEM:NO")]
    pub(crate) ticket: Option<String>,

    /// Only try whether it would be granted; nothing is kept
    #[arg(long)]
    pub(crate) validate: bool,

    /// Where approval is needed, wait until it is given or denied
    #[arg(long, conflicts_with = "validate")]
    pub(crate) wait: bool,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor deactivate`
#[derive(Debug, Args)]
pub(crate) struct DeactivateArgs {
    /// Which groups: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) groups: Vec<String>,

    /// End the ownership instead of the membership
    #[arg(long)]
    pub(crate) owner: bool,

    /// Why: kept with the request
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor requests`
#[derive(Debug, Args)]
pub(crate) struct RequestsArgs {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=999))]
    pub(crate) limit: u32,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor login`
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Show a code instead of opening a browser here
    #[arg(long)]
    pub(crate) device: bool,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor logout`
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {}

/// `ephor whoami`
#[derive(Debug, Args)]
pub(crate) struct WhoamiArgs {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor app …`
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Register an application, and print its client id and secret
    ///
    /// The secret is shown this once. With --public it has none, for it runs at its user's; with --keys or
    /// --certificate it proves itself by a key of its own (private_key_jwt) instead.
    #[command(after_help = "\
Examples:
  ephor app create --data /var/lib/ephor --name Grafana --redirect https://grafana.contoso.example/login/generic_oauth --groups
  ephor app create --data /var/lib/ephor --name Terraform --certificate terraform.pem --permission Group.ReadWrite.All
  ephor app create --data /var/lib/ephor --name Onboarding --permission User.ReadWrite.All --directory-role 'User Administrator'
  ephor app create --data /var/lib/ephor --name 'My tool' --public --redirect http://127.0.0.1/callback --permission User.Read

JSON: {\"clientId\", \"clientSecret\": text or null}")]
    Create(AppCreateArgs),
}

/// `ephor app create`
#[derive(Debug, Args)]
pub(crate) struct AppCreateArgs {
    /// What people call it
    #[arg(long, value_name = "N")]
    pub(crate) name: String,

    /// What it may do in its own name, and ask for in others', such as User.Read.All; may be given several times
    #[arg(long, value_name = "P")]
    pub(crate) permission: Vec<String>,

    /// A directory role that it has in its own name, by name or id; may be given several times
    #[arg(long, value_name = "R", conflicts_with = "public")]
    pub(crate) directory_role: Vec<String>,

    /// Where codes may be sent: https://…, or http:// to loopback on any port; may be given several times
    #[arg(long, value_name = "URL")]
    pub(crate) redirect: Vec<String>,

    /// It runs at its user's and can keep no secret
    #[arg(long, conflicts_with_all = ["keys", "certificate"])]
    pub(crate) public: bool,

    /// Its public keys: a file with a JWK set
    #[arg(long, value_name = "FILE", conflicts_with = "certificate")]
    pub(crate) keys: Option<PathBuf>,

    /// Its certificate, as PEM: it signs by the key that belongs to it
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// Its ID tokens name the groups of their user, and end with the first membership among them
    #[arg(long)]
    pub(crate) groups: bool,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// `ephor keys …`
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Withdraw a signing key, and put a new one in its place
    ///
    /// For when a key may be in others' hands. Every access token that it signed is refused, on all nodes
    /// within seconds; whoever has a session gets a new one without noticing.
    #[command(after_help = "\
Examples:
  ephor keys revoke --data /var/lib/ephor

JSON: {\"revoked\"}")]
    Revoke(KeysRevokeArgs),

    /// Wrap what is kept secret by another master key
    ///
    /// Every server goes on meanwhile. It needs the new key in security.master_key and the one until now in
    /// security.master_key_previous; so does every server, started anew with both. Once nothing is left to wrap,
    /// the key until now is not needed any more.
    #[command(after_help = "\
Examples:
  EPHOR_SECURITY_MASTER_KEY_PREVIOUS_FILE=/etc/ephor/old.key ephor keys rewrap --data /var/lib/ephor

JSON: {\"rewrapped\"}")]
    Rewrap(KeysRewrapArgs),
}

/// `ephor keys rewrap`
#[derive(Debug, Args)]
pub(crate) struct KeysRewrapArgs {
    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// `ephor keys revoke`
#[derive(Debug, Args)]
pub(crate) struct KeysRevokeArgs {
    /// Which key, by its `kid`; without it the one that signs now
    #[arg(long, value_name = "KID")]
    pub(crate) key: Option<String>,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// `ephor link`
#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// Whose account, by user principal name
    #[arg(long, value_name = "UPN")]
    pub(crate) user: String,

    /// The provider's issuer
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: String,

    /// What it calls its user (`sub`)
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: String,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// `ephor reset-password`
#[derive(Debug, Args)]
pub(crate) struct ResetPasswordArgs {
    /// Whose password, by user principal name
    #[arg(long, value_name = "UPN")]
    pub(crate) user: String,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// `ephor audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List entries of the audit log, newest first
    ///
    /// Reads the database itself with --data or --database; or asks a server with --server, with the token
    /// in EPHOR_TOKEN.
    #[command(after_help = "\
Examples:
  ephor audit list --data /var/lib/ephor --limit 10
  ephor audit list --data /var/lib/ephor --group 'Production admins' --from 2026-11-01T00:00:00Z

JSON: {\"entries\": [{\"sequence\", \"at\", \"caller\", \"event\", \"hash\"}]}, as recorded.")]
    List(AuditListArgs),

    /// Export entries of the audit log, newest first
    ///
    /// Writes all that fit to standard output, from the database itself with --data or --database; or from a
    /// server with --server, with the token in EPHOR_TOKEN. In a table no cell is a formula.
    #[command(after_help = "\
Examples:
  ephor audit export --data /var/lib/ephor --format csv > audit.csv
  ephor audit export --data /var/lib/ephor --group 'Production admins' --from 2026-11-01T00:00:00Z
  ephor audit export --server https://ephor.contoso.example --view mine

Each line of jsonl: {\"sequence\", \"recordedDateTime\", \"name\", \"caller\", \"event\", \"hash\"}, as recorded.")]
    Export(AuditExportArgs),

    /// Verify that no entry was changed, taken out or put in
    ///
    /// Walks the whole hash chain. Exits with 1 if it is broken, and says where it shows first.
    #[command(after_help = "\
Examples:
  ephor audit verify --data /var/lib/ephor

JSON: {\"sound\": true, \"entries\", \"head\"} or {\"sound\": false, \"brokenAt\", \"wrong\"}")]
    Verify(PlaceArgs),
}

/// `ephor audit list`
#[derive(Debug, Args)]
pub(crate) struct AuditListArgs {
    /// Only about this group: its id or, on the database, its name
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Recorded at this time or later, such as 2026-11-21T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<ephor_core::time::Instant>,

    /// Recorded before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<ephor_core::time::Instant>,

    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Address of a server to ask instead; the access token is taken from EPHOR_TOKEN
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "database", "config"])]
    pub(crate) server: Option<String>,
}

/// `ephor mail …`
#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// List mails, newest first
    ///
    /// Without a mail server in the settings mails are kept and not sent: here they can be read. Reads the
    /// database itself with --data or --database; or asks a server with --server, with the token in
    /// EPHOR_TOKEN.
    #[command(after_help = "\
Examples:
  ephor mail list --data /var/lib/ephor --limit 10
  ephor mail list --data /var/lib/ephor --state undelivered
  ephor mail list --data /var/lib/ephor --limit 1 --full

JSON: {\"mails\": [{\"id\", \"state\", \"kind\", \"at\", \"settledAt\", \"to\", \"subject\", \"text\", \"html\", \"messageId\",
  \"attempts\", \"error\"}]}")]
    List(MailListArgs),
}

/// `ephor mail list`
#[derive(Debug, Args)]
pub(crate) struct MailListArgs {
    /// Only those of which this has become
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<MailStateArg>,

    /// Print each mail in full, as it reads in plain text
    #[arg(long)]
    pub(crate) full: bool,

    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Address of a server to ask instead; the access token is taken from EPHOR_TOKEN
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "database", "config"])]
    pub(crate) server: Option<String>,
}

/// What has become of a mail.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum MailStateArg {
    /// It is to be sent
    Waiting,
    /// The mail server took it
    Sent,
    /// It could not be sent within a day, or the mail server will not take it
    Undelivered,
    /// There was no mail server when it was written
    Kept,
}

impl MailStateArg {
    /// The same as the store knows it.
    pub(crate) const fn state(self) -> MailState {
        match self {
            Self::Waiting => MailState::Waiting,
            Self::Sent => MailState::Sent,
            Self::Undelivered => MailState::Undelivered,
            Self::Kept => MailState::Kept,
        }
    }
}

/// `ephor init`
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// The first verified domain, such as contoso.example
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: String,

    /// The user principal name of the first Global Administrator
    #[arg(long, value_name = "UPN")]
    pub(crate) admin: String,

    /// Read the administrator's password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `ephor serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Address to listen on; port 0 takes a free one [setting: server.listen] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,

    /// The address that clients know this server by [setting: server.public_url]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// What to serve HTTPS with.
    #[command(flatten)]
    pub(crate) tls: TlsArgs,

    /// Stop all jobs: access ends on time all the same, only the record of it comes later
    #[arg(long)]
    pub(crate) no_jobs: bool,
}

/// What to serve HTTPS with.
#[derive(Debug, Clone, Args)]
pub(crate) struct TlsArgs {
    /// Serve HTTPS with this certificate chain, as PEM; read anew on SIGHUP [setting: server.tls_cert]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's private key, as PEM, readable by this user alone [setting: server.tls_key]
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}

/// `ephor demo`
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Where the demonstration is kept; without it a fresh temporary directory, which is kept and named
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// What to serve HTTPS with.
    #[command(flatten)]
    pub(crate) tls: TlsArgs,

    /// Stop all jobs: access ends on time all the same, only the record of it comes later
    #[arg(long)]
    pub(crate) no_jobs: bool,
}

/// `ephor token`
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// In whose name: a user principal name
    #[arg(long, value_name = "UPN")]
    pub(crate) user: String,

    /// Say in the token that a second factor was shown
    #[arg(long)]
    pub(crate) mfa: bool,

    /// Which server it is for, by its public address; without it the one that ran on this data directory
    /// last, or that the settings describe [setting: server.public_url]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// For how long it is good: 1 minute to 1 hour, such as PT1H or 10m
    #[arg(long, value_name = "DURATION", default_value = "PT1H", value_parser = period::parse)]
    pub(crate) lifetime: ephor_core::time::IsoDuration,
}

/// `ephor check`
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Walk the whole audit chain too
    #[arg(long)]
    pub(crate) full: bool,
}
