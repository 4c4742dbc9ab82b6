//! `ephor group …`: bringing groups under management, looking at them, and their policies.

use clap::{Args, Subcommand};
use ephor_core::time::{Instant, IsoDuration};

use super::ServerArgs;
use crate::commands::group::words::{ActiveNeeds, Needs, Notify, Recipients};
use crate::period;

/// `ephor group …`
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// List the groups that you may bring under management, and why some can't be
    #[command(after_help = "\
Examples:
  ephor group discover

JSON: {\"groups\": [{\"group\", \"groupId\", \"kind\", \"description\", \"roleAssignable\", \"manageable\", \"reason\"}]};
  reason is null where it can be brought in.")]
    Discover(GroupDiscoverArgs),

    /// Bring groups under management, for good
    ///
    /// GROUP is a name, a part of one, or an id, among those of `ephor group discover`; without it you pick
    /// from them, on a terminal. A managed group can't be taken out again: on a terminal you are asked, in a
    /// script say --yes.
    #[command(after_help = "\
Examples:
  ephor group manage 'Production admins'
  ephor group manage prod vpn --yes

JSON: {\"results\": [{\"group\", \"groupId\", \"status\", \"managedSince\", \"error\"}]}; status is Managed or Refused,
  error as for `ephor activate`.")]
    Manage(GroupManageArgs),

    /// List the groups under management
    #[command(after_help = "\
Examples:
  ephor group list

JSON: {\"groups\": [{\"group\", \"groupId\", \"kind\", \"description\", \"roleAssignable\"}]}")]
    List(GroupListArgs),

    /// Show who is eligible for a group, who has it, and what waits
    ///
    /// For whoever runs the group. With --as-of it is who could and did have it at that instant, each with
    /// the whole chain of evidence in the JSON: which grant and request, whose decision, by which policy.
    #[command(after_help = "\
Examples:
  ephor group show 'Production admins'
  ephor group show 'Production admins' --as-of 2026-11-21T09:00:00Z --output json

JSON: {\"group\", \"groupId\", \"kind\", \"description\", \"roleAssignable\", \"now\", \"eligible\": [role],
  \"active\": [role], \"ended\": [role], \"waiting\": [request]}, where a role is as in `ephor list` with
  \"principal\", \"principalId\" and \"assignmentType\", and a request as in `ephor requests`. With --as-of:
  {\"asOf\", \"value\": [{\"groupId\", \"accessId\", \"state\", \"principalId\", \"principalDisplayName\",
  \"memberType\", \"chain\": [{\"scheduleId\", \"state\", \"startDateTime\", \"endDateTime\", \"endedBy\", \"givenBy\",
  \"request\": {\"id\", \"justification\", \"policyVersion\", \"review\"}}]}]}, as the server answers.")]
    Show(GroupShowArgs),

    /// Show or change what a group's policy asks for
    ///
    /// Each group has two policies: for its members, and with --owner for its owners. Only what is named
    /// changes, all of it or nothing. A change never lengthens what was already granted.
    #[command(after_help = "\
Examples:
  ephor group settings 'Signing keys'
  ephor group settings 'Signing keys' --activation-max 4h --require mfa,justification,ticket
  ephor group settings 'Signing keys' --approver farah@contoso.example --approver group:'Release managers'
  ephor group settings 'Signing keys' --owner --no-approval --notify activated:admin=critical

JSON: {\"group\", \"groupId\", \"accessId\", \"activation\": {\"maximum\", \"require\", \"context\", \"approval\",
  \"approvers\": [{\"type\", \"id\", \"name\"}]}, \"eligible\": {\"maximum\", \"permanent\"}, \"active\": {\"maximum\",
  \"permanent\", \"require\"}, \"notifications\": [{\"event\", \"to\", \"level\", \"defaults\", \"recipients\"}]}; maximum is
  ISO 8601, context null or c1 to c99, type user or group.")]
    Settings(Box<GroupSettingsArgs>),
}

/// `ephor group discover`
#[derive(Debug, Args)]
pub(crate) struct GroupDiscoverArgs {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor group manage`
#[derive(Debug, Args)]
pub(crate) struct GroupManageArgs {
    /// Which groups: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) groups: Vec<String>,

    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor group list`
#[derive(Debug, Args)]
pub(crate) struct GroupListArgs {
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor group show`
#[derive(Debug, Args)]
pub(crate) struct GroupShowArgs {
    /// Which group: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) group: String,

    /// At which instant, such as 2026-11-21T09:00:00Z, instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Instant>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `ephor group settings`
#[derive(Debug, Args)]
pub(crate) struct GroupSettingsArgs {
    /// Which group: name, part of a name, or id
    #[arg(value_name = "GROUP")]
    pub(crate) group: String,

    /// The policy for owners instead of members
    #[arg(long)]
    pub(crate) owner: bool,

    /// The longest activation: PT4H, 4h
    #[arg(long, value_name = "DURATION", value_parser = period::parse, help_heading = "Activation")]
    pub(crate) activation_max: Option<IsoDuration>,

    /// What to ask for on activation: some of mfa,justification,ticket, or none
    #[arg(long, value_name = "LIST", help_heading = "Activation")]
    pub(crate) require: Option<Needs>,

    /// The authentication context to ask for on activation: c1 to c99, or none
    #[arg(long, value_name = "CONTEXT", help_heading = "Activation")]
    pub(crate) context: Option<String>,

    /// Who approves activations, in place of those before: user principal name, name, id, or group:NAME
    #[arg(long, value_name = "WHO", help_heading = "Activation")]
    pub(crate) approver: Vec<String>,

    /// Activate without approval
    #[arg(long, conflicts_with = "approver", help_heading = "Activation")]
    pub(crate) no_approval: bool,

    /// Eligible assignments end, after this long at most
    #[arg(long, value_name = "DURATION", value_parser = period::parse, help_heading = "Assignment")]
    pub(crate) eligible_max: Option<IsoDuration>,

    /// Eligible assignments may have no end
    #[arg(long, conflicts_with = "eligible_max", help_heading = "Assignment")]
    pub(crate) eligible_permanent: bool,

    /// Active assignments end, after this long at most
    #[arg(long, value_name = "DURATION", value_parser = period::parse, help_heading = "Assignment")]
    pub(crate) active_max: Option<IsoDuration>,

    /// Active assignments may have no end
    #[arg(long, conflicts_with = "active_max", help_heading = "Assignment")]
    pub(crate) active_permanent: bool,

    /// What to ask for on active assignment: some of mfa,justification, or none
    #[arg(long, value_name = "LIST", help_heading = "Assignment")]
    pub(crate) active_require: Option<ActiveNeeds>,

    /// Who hears of what: EVENT is eligible, active or activated, WHOM admin, requestor or approver, LEVEL
    /// all, critical or none
    #[arg(long, value_name = "EVENT:WHOM=LEVEL", help_heading = "Notification")]
    pub(crate) notify: Vec<Notify>,

    /// Who else hears of it, in place of those before: addresses with commas between, or none
    #[arg(long, value_name = "EVENT:WHOM=MAIL,…", help_heading = "Notification")]
    pub(crate) notify_also: Vec<Recipients>,

    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
