/** The shapes of Ephor's own API; Graph's come from its own package. */
import type {
  Group,
  PrivilegedAccessGroupAssignmentScheduleRequest,
  PrivilegedAccessGroupEligibilityScheduleRequest,
  User,
} from '@microsoft/microsoft-graph-types';

/** Member or owner. */
export type Access = 'member' | 'owner';
/** What may be done with a role now. */
export type Offer = 'activate' | 'deactivate' | 'extend' | 'renew';

/** A role that somebody may activate, has, or had. */
export interface Role {
  scheduleId: string;
  state: 'eligible' | 'active' | 'ended';
  groupId: string;
  groupDisplayName: string | null;
  principalId: string;
  principalDisplayName: string | null;
  accessId: Access;
  memberType: 'direct' | 'group';
  assignmentType: 'eligible' | 'assigned' | 'activated';
  startDateTime: string;
  endDateTime: string | null;
  actions: Offer[];
}

/** The caller's roles. */
export interface MyRoles {
  eligible: Role[];
  active: Role[];
  ended: Role[];
}

/** One thing wrong, as a part of an answer says it. */
export interface PartError {
  code: string;
  message: string;
  details?: { code: string; message: string; target?: string | null }[];
}

/** What came of one activation among several. */
export interface Activated {
  status: number;
  request: ScheduleRequest | null;
  error: PartError | null;
}

/** How long something lasts, as Graph has it. */
export interface Expiration {
  type: 'noExpiration' | 'afterDateTime' | 'afterDuration' | 'notSpecified';
  endDateTime?: string | null;
  duration?: string | null;
}

/** From when, and how long. */
export interface ScheduleInfo {
  startDateTime?: string | null;
  expiration?: Expiration | null;
}

/** A request, as both of Graph's collections have it. */
export type ScheduleRequest = Omit<
  PrivilegedAccessGroupAssignmentScheduleRequest & PrivilegedAccessGroupEligibilityScheduleRequest,
  'id' | 'scheduleInfo' | 'accessId' | 'groupId' | 'principalId' | 'createdDateTime' | 'group' | 'principal' | 'status'
> & {
  id: string;
  status: string;
  createdDateTime: string;
  groupId: string;
  principalId: string;
  accessId: Access;
  scheduleInfo?: ScheduleInfo | null;
  group?: Group | null;
  principal?: (User & { '@odata.type'?: string }) | null;
};

/** One stage of an approval. */
export interface Stage {
  id: string;
  assignedToMe: boolean;
  status: string;
  reviewResult: 'NotReviewed' | 'Approved' | 'Denied';
  reviewedBy: { id?: string | null; displayName?: string | null; user?: { id?: string; displayName?: string | null } | null } | null;
  reviewedDateTime: string | null;
  justification: string;
}

/** An approval. */
export interface Approval {
  id: string;
  stages: Stage[];
}

/** A group that could be brought in, or why not. */
export interface Candidate {
  id: string;
  displayName: string;
  description: string | null;
  groupTypes: string[];
  isAssignableToRole: boolean;
  manageable: boolean;
  reason: string | null;
}

/** An entry of the audit log. */
export interface AuditEntry {
  sequence: number;
  recordedDateTime: string;
  name: string;
  caller: {
    actor: string | { user?: string; application?: string };
    factor?: string;
    address?: string | null;
    issuance?: string;
    requestId?: string | null;
  };
  event: Record<string, unknown> & { event: string };
  hash: string;
}

/** The tenant's settings. */
export interface TenantSettings {
  activationOutlivesEligibility: boolean;
  removalFloor: string;
  roleAssignableGroupsMax: number;
}

/** One link of the chain by which somebody has or may have a role. */
export interface Link {
  scheduleId: string;
  groupId: string;
  accessId: Access;
  principalId: string;
  state: 'eligible' | 'active';
  assignmentType: 'assigned' | 'activated' | null;
  startDateTime: string;
  endDateTime: string | null;
  endedBy: string | null;
  createdDateTime: string;
  givenBy: unknown;
  request: {
    id: string;
    action: string;
    createdBy: unknown;
    justification: string | null;
    policyVersion: number | null;
    review: { decision: string; by: unknown; dateTime: string; justification: string | null } | null;
  } | null;
}

/** Who has what, at an instant. */
export interface Holding {
  groupId: string;
  groupDisplayName: string | null;
  accessId: Access;
  state: 'eligible' | 'active';
  principalId: string;
  principalType: 'user' | 'group' | 'servicePrincipal';
  principalDisplayName: string | null;
  principalName: string | null;
  memberType: 'direct' | 'group';
  chain: Link[];
}

/** What differs between two instants. */
export type Difference = Omit<Holding, 'chain'> & {
  change: 'gained' | 'lost' | 'changed';
  before: Link[][];
  after: Link[][];
};

/** A version of a policy, with what it changed. */
export interface PolicyVersion {
  policyVersion: number;
  modifiedDateTime: string;
  modifiedBy: unknown;
  changes: { rule: string; before: unknown; after: unknown }[];
}

export type { Group, User };
