// The life of an activation with approval, by Microsoft's Graph client for JavaScript.
//
// Reads where the server is and who is who from the environment; ends non-zero at the first answer that
// is not as documented. NODE_EXTRA_CA_CERTS names the server's certificate authority.

import assert from "node:assert/strict";
import { Client } from "@microsoft/microsoft-graph-client";

const url = process.env.EPHOR_URL;
const client = (name) =>
  Client.init({
    baseUrl: `${url}/`,
    customHosts: new Set(["localhost"]),
    authProvider: (done) => done(null, process.env[`EPHOR_TOKEN_${name}`]),
  });
const [admin, ada, grace] = ["ADMIN", "ADA", "GRACE"].map(client);
const pim = "/identityGovernance/privilegedAccess/group";

const me = await ada.api("/me").get();
const approver = await grace.api("/me").get();
const group = await admin.api("/groups").post({
  displayName: "JavaScript admins",
  mailNickname: "javascript-admins",
  mailEnabled: false,
  securityEnabled: true,
});
const lasting = (duration) => ({ expiration: { type: "afterDuration", duration } });
const about = { accessId: "member", principalId: me.id, groupId: group.id };

const eligible = await admin
  .api(`${pim}/eligibilityScheduleRequests`)
  .post({ ...about, action: "adminAssign", scheduleInfo: lasting("P90D"), justification: "rota" });
assert.equal(eligible.status, "Provisioned");

const assignments = await admin
  .api("/policies/roleManagementPolicyAssignments")
  .filter(`scopeId eq '${group.id}' and scopeType eq 'Group' and roleDefinitionId eq 'member'`)
  .expand("policy($expand=rules)")
  .get();
assert.equal(assignments.value.length, 1);
assert.equal(assignments.value[0].policy.rules.length, 17);
await admin
  .api(`/policies/roleManagementPolicies/${assignments.value[0].policyId}/rules/Approval_EndUser_Assignment`)
  .patch({
    "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
    id: "Approval_EndUser_Assignment",
    setting: {
      isApprovalRequired: true,
      approvalStages: [
        { primaryApprovers: [{ "@odata.type": "#microsoft.graph.singleUser", userId: approver.id }] },
      ],
    },
  });

const asked = await ada
  .api(`${pim}/assignmentScheduleRequests`)
  .post({ ...about, action: "selfActivate", scheduleInfo: lasting("PT2H"), justification: "incident 8" });
assert.equal(asked.status, "PendingApproval");

const waiting = await grace
  .api(`${pim}/assignmentScheduleRequests/filterByCurrentUser(on='approver')`)
  .filter("status eq 'PendingApproval'")
  .get();
assert.deepEqual(
  waiting.value.filter((request) => request.groupId === group.id).map((request) => request.id),
  [asked.id],
);
const stage = `${pim}/assignmentApprovals/${asked.approvalId}/stages/${asked.approvalId}`;
await assert.rejects(ada.api(stage).patch({ reviewResult: "Approve", justification: "mine" }), {
  statusCode: 403,
});
await grace.api(stage).patch({ reviewResult: "Approve", justification: "go on" });
await assert.rejects(grace.api(stage).patch({ reviewResult: "Deny", justification: "no" }), {
  statusCode: 409,
});

const members = await admin.api(`/groups/${group.id}/members`).select("id,displayName").get();
assert.deepEqual(
  members.value.map((member) => member.id),
  [me.id],
);
console.log("the life of an activation, by the Graph client for JavaScript: as documented");
