//! `ephor package …`: what can be asked for, asking for it, and handing it out.

use clap::{Args, Subcommand};

use super::{LastingArgs, ServerArgs};

/// `ephor package …`
#[derive(Debug, Subcommand)]
pub(crate) enum PackageCommand {
    /// List the access packages that you may ask for, have, or manage
    ///
    /// With --requests it lists your requests instead, and with --who whoever has one package, with what of it
    /// they really hold: a role that a group's policy ended before the package is called out.
    #[command(after_help = "\
Examples:
  ephor package list
  ephor package list --requests
  ephor package list --who 'On call'

JSON: {\"packages\": [{\"package\", \"packageId\", \"catalog\", \"description\", \"mayAsk\", \"state\", \"endsAt\"}]};
  state is that of your assignment (delivered, partiallyDelivered, …) or null, endsAt null without an end.
  With --requests {\"requests\": [{\"id\", \"requestType\", \"state\", \"package\", \"packageId\", \"createdAt\",
  \"justification\"}]}; with --who {\"assignments\": [{\"id\", \"principal\", \"principalId\", \"state\", \"endsAt\",
  \"roles\": [{\"resource\", \"originId\", \"originSystem\", \"role\", \"held\", \"until\", \"byPackage\"}]}]};
  originSystem is AadGroup or DirectoryRole.")]
    List(PackageListArgs),

    /// Ask for access packages, or with --extend for more time
    ///
    /// PACKAGE is a name, a part of one, or an id, as `ephor package list` shows it. Where a package can be
    /// asked for in several ways, say which with --policy. Where approval is needed the request waits.
    #[command(after_help = "\
Examples:
  ephor package request 'On call' --why 'joining the rota'
  ephor package request auditor --until 2027-01-31T18:00 --answer 'Which audit?=the yearly one'
  ephor package request 'On call' --extend --why 'one more quarter'

JSON: {\"results\": [{\"package\", \"packageId\", \"principal\", \"principalId\", \"requestId\", \"state\", \"error\"}]}; state
  is delivered, partiallyDelivered, deliveryFailed, scheduled, pendingApproval or Refused, error as for
  `ephor activate`.
Exit code: 1 if one was refused, else 4 if one waits for approval, else 0.")]
    Request(PackageRequestArgs),

    /// Assign an access package to people, as whoever manages it
    ///
    /// WHO is a user principal name, a name or the beginning of one, or an id. Nobody is asked; each group's
    /// policy still has its say on how long its role lasts.
    #[command(after_help = "\
Examples:
  ephor package assign 'On call' ada ben --for 90d
  ephor package assign auditor iris --policy 'By hand' --until 2027-01-31T18:00

JSON: as for `ephor package request`.")]
    Assign(PackageAssignArgs),

    /// Take an access package away, or give your own back
    ///
    /// Without WHO it is your own. What the package gave ends at once; what somebody has by anything else
    /// stays.
    #[command(after_help = "\
Examples:
  ephor package remove 'On call'
  ephor package remove 'On call' ada ben --why 'left the rota'
  ephor package remove auditor --all

JSON: as for `ephor package request`.")]
    Remove(PackageRemoveArgs),

    /// Give again what people have lost of an access package, as whoever manages it
    ///
    /// A group's policy may end a role before the package does. This gives everybody who still has the package
    /// what they have lost of it, for as long as the group's policy allows from now; nobody gets more than the
    /// package holds.
    #[command(after_help = "\
Examples:
  ephor package list --who 'On call'
  ephor package repair 'On call'

JSON: {\"package\", \"packageId\", \"assignments\", \"whole\", \"granted\"}: how many have it, how many of them hold
  all of it now, and how many grants were made.
Exit code: 1 if somebody still lacks something, else 0.")]
    Repair(PackageRepairArgs),

    /// List and decide what waits for your approval
    ///
    /// Without ID it lists them. ID is a request's id or the beginning of it. With --deny they are denied.
    #[command(after_help = "\
Examples:
  ephor package approve
  ephor package approve 3f2c --why 'is on the rota'
  ephor package approve 3f2c --deny --why 'not in this team'

JSON: without ID {\"requests\": [request]}, each as in `ephor package list --requests` with \"principal\" and
  \"principalId\"; else {\"results\": [{\"id\", \"decision\", \"error\"}]}; decision is Approve, Deny or Refused.")]
    Approve(PackageApproveArgs),
}

/// `ephor package list`
#[derive(Debug, Args)]
pub(crate) struct PackageListArgs {
    /// Your requests instead, newest first
    #[arg(long, conflicts_with = "who")]
    pub(crate) requests: bool,

    /// Whoever has this package
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) who: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor package request`
#[derive(Debug, Args)]
pub(crate) struct PackageRequestArgs {
    /// Which packages: name, part of a name, or id
    #[arg(value_name = "PACKAGE", required = true)]
    pub(crate) packages: Vec<String>,

    /// More time for what you have
    #[arg(long)]
    pub(crate) extend: bool,

    /// Under which policy: name or id
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: Option<String>,

    /// An answer to a question of the policy; give it once for each
    #[arg(long = "answer", value_name = "QUESTION=ANSWER")]
    pub(crate) answers: Vec<String>,

    /// Why: shown to whoever decides
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// How long; without it as the policy says.
    #[command(flatten)]
    pub(crate) lasting: LastingArgs,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor package assign`
#[derive(Debug, Args)]
pub(crate) struct PackageAssignArgs {
    /// Which package: name, part of a name, or id
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,

    /// To whom
    #[arg(value_name = "WHO", required = true)]
    pub(crate) who: Vec<String>,

    /// Under which policy: name or id; needed where there are several
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: Option<String>,

    /// Why: kept with the request
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// How long; without it as the policy says.
    #[command(flatten)]
    pub(crate) lasting: LastingArgs,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor package remove`
#[derive(Debug, Args)]
pub(crate) struct PackageRemoveArgs {
    /// Which package: name, part of a name, or id
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,

    /// From whom; without it your own is given back
    #[arg(value_name = "WHO", conflicts_with = "all")]
    pub(crate) who: Vec<String>,

    /// From everybody who has it
    #[arg(long)]
    pub(crate) all: bool,

    /// Why: kept with the request
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor package repair`
#[derive(Debug, Args)]
pub(crate) struct PackageRepairArgs {
    /// Which package: name, part of a name, or id
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor package approve`
#[derive(Debug, Args)]
pub(crate) struct PackageApproveArgs {
    /// Which requests: id, or the beginning of one
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Deny them instead
    #[arg(long, requires = "ids")]
    pub(crate) deny: bool,

    /// Why: told to whoever asked, and kept with the request
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
