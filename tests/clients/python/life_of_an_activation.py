"""The life of an activation with approval, by Microsoft's own SDK for Python (`msgraph-sdk`).

Reads where the server is and who is who from the environment; says what it did, line by line, and ends
non-zero at the first answer that is not as documented.
"""

import asyncio
import datetime
import os
import ssl
import sys

import httpx
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.graph_request_adapter import options
from msgraph_core import GraphClientFactory
from msgraph.generated.models.approval_stage import ApprovalStage
from msgraph.generated.models.expiration_pattern import ExpirationPattern
from msgraph.generated.models.expiration_pattern_type import ExpirationPatternType
from msgraph.generated.models.group import Group
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.privileged_access_group_assignment_schedule_request import (
    PrivilegedAccessGroupAssignmentScheduleRequest as AssignmentRequest,
)
from msgraph.generated.models.privileged_access_group_eligibility_schedule_request import (
    PrivilegedAccessGroupEligibilityScheduleRequest as EligibilityRequest,
)
from msgraph.generated.models.privileged_access_group_relationships import (
    PrivilegedAccessGroupRelationships as Access,
)
from msgraph.generated.models.request_schedule import RequestSchedule
from msgraph.generated.models.schedule_request_actions import ScheduleRequestActions as Action
from msgraph.generated.models.single_user import SingleUser
from msgraph.generated.models.unified_approval_stage import UnifiedApprovalStage
from msgraph.generated.models.approval_settings import ApprovalSettings
from msgraph.generated.models.unified_role_management_policy_approval_rule import (
    UnifiedRoleManagementPolicyApprovalRule as ApprovalRule,
)
from msgraph.generated.policies.role_management_policy_assignments.role_management_policy_assignments_request_builder import (
    RoleManagementPolicyAssignmentsRequestBuilder as PolicyAssignments,
)

URL = os.environ["EPHOR_URL"]


class OneToken(AccessTokenProvider):
    """Gives the token that it was given."""

    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator(["localhost"])


def client(name):
    """The SDK's client for one person."""
    context = ssl.create_default_context(cafile=os.environ["EPHOR_CA"])
    plain = httpx.AsyncClient(verify=context, base_url=f"{URL}/v1.0")
    # With the SDK's own middleware: it repeats what failed, names each request, and turns /users/me into /me.
    http = GraphClientFactory.create_with_default_middleware(client=plain, options=options)
    provider = BaseBearerTokenAuthenticationProvider(OneToken(os.environ[f"EPHOR_TOKEN_{name}"]))
    adapter = GraphRequestAdapter(provider, http)
    adapter.base_url = f"{URL}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def expect(what, came, wanted):
    """Says what came, and stops where it is not what was wanted."""
    print(f"{what}: {came}")
    if came != wanted:
        sys.exit(f"expected {wanted!r}")


def lasting(**length):
    return RequestSchedule(
        expiration=ExpirationPattern(
            type=ExpirationPatternType.AfterDuration, duration=datetime.timedelta(**length)
        )
    )


async def main():
    admin, ada, grace = client("ADMIN"), client("ADA"), client("GRACE")
    me = await ada.me.get()
    approver = await grace.me.get()

    group = await admin.groups.post(
        Group(
            display_name="SDK admins",
            mail_nickname="sdk-admins",
            mail_enabled=False,
            security_enabled=True,
        )
    )
    pim = admin.identity_governance.privileged_access.group
    eligible = await pim.eligibility_schedule_requests.post(
        EligibilityRequest(
            access_id=Access.Member,
            principal_id=me.id,
            group_id=group.id,
            action=Action.AdminAssign,
            schedule_info=lasting(days=90),
            justification="rota",
        )
    )
    expect("made eligible", eligible.status, "Provisioned")

    query = PolicyAssignments.RoleManagementPolicyAssignmentsRequestBuilderGetQueryParameters(
        filter=f"scopeId eq '{group.id}' and scopeType eq 'Group' and roleDefinitionId eq 'member'"
    )
    assignments = await admin.policies.role_management_policy_assignments.get(
        RequestConfiguration(query_parameters=query)
    )
    expect("policy assignments of the role", len(assignments.value), 1)
    stage = UnifiedApprovalStage(primary_approvers=[SingleUser(user_id=approver.id)])
    policy = admin.policies.role_management_policies.by_unified_role_management_policy_id(
        assignments.value[0].policy_id
    )
    rule = await policy.rules.by_unified_role_management_policy_rule_id(
        "Approval_EndUser_Assignment"
    ).patch(
        ApprovalRule(
            id="Approval_EndUser_Assignment",
            setting=ApprovalSettings(is_approval_required=True, approval_stages=[stage]),
        )
    )
    expect("approval is required", rule.setting.is_approval_required, True)

    mine = ada.identity_governance.privileged_access.group
    asked = await mine.assignment_schedule_requests.post(
        AssignmentRequest(
            access_id=Access.Member,
            principal_id=me.id,
            group_id=group.id,
            action=Action.SelfActivate,
            schedule_info=lasting(minutes=30),
            justification="incident 7",
        )
    )
    expect("asked to activate", asked.status, "PendingApproval")

    theirs = grace.identity_governance.privileged_access.group
    waiting = await theirs.assignment_schedule_requests.filter_by_current_user_with_on("approver").get()
    ours = [request.id for request in waiting.value if request.group_id == group.id]
    expect("waits for the approver", ours, [asked.id])
    approval = theirs.assignment_approvals.by_approval_id(asked.approval_id)
    stages = await approval.stages.get()
    expect("assigned to the approver", stages.value[0].assigned_to_me, True)
    await approval.stages.by_approval_stage_id(stages.value[0].id).patch(
        ApprovalStage(review_result="Approve", justification="go on")
    )
    decided = await mine.assignment_schedule_requests.by_privileged_access_group_assignment_schedule_request_id(
        asked.id
    ).get()
    expect("decided", decided.status, "Provisioned")

    try:
        await approval.stages.by_approval_stage_id(stages.value[0].id).patch(
            ApprovalStage(review_result="Deny", justification="no")
        )
        sys.exit("a second decision was taken")
    except ODataError as error:
        expect("a second decision", error.response_status_code, 409)

    instances = await mine.assignment_schedule_instances.filter_by_current_user_with_on("principal").get()
    held = [instance for instance in instances.value if instance.group_id == group.id]
    expect("active now", [instance.assignment_type.value for instance in held], ["activated"])
    members = await admin.groups.by_group_id(group.id).members.get()
    expect("members", [member.id for member in members.value], [me.id])

    try:
        await mine.assignment_schedule_requests.post(
            AssignmentRequest(
                access_id=Access.Member,
                principal_id=me.id,
                group_id=group.id,
                action=Action.SelfDeactivate,
            )
        )
        sys.exit("deactivated within five minutes")
    except ODataError as error:
        expect("deactivated too early", error.error.code, "ActiveDurationTooShort")

    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=os.environ["EPHOR_CA"])) as http:
        moved = await http.post(f"{URL}/demo/clock", json={"advance": "PT30M"})
        expect("moved the clock", moved.status_code, 200)
    members = await admin.groups.by_group_id(group.id).members.get()
    expect("members half an hour later", [member.id for member in members.value], [])


asyncio.run(main())
