/** The shapes of Ephor's own API; Graph's come from its own package. */
import type {
  Group,
  PrivilegedAccessGroupAssignmentScheduleRequest,
  PrivilegedAccessGroupEligibilityScheduleRequest,
  User,
} from '@microsoft/microsoft-graph-types';

/**
 * As what somebody has what they hold: a group's member or owner, or a directory role, which is had in one way
 * only. A package is asked for and decided on like them.
 */
export type Access = 'member' | 'owner' | 'role' | 'package';

/** What can be held: a group as a member or an owner, or a directory role over the directory or a unit of it. */
export interface Held {
  /** The group's id; a directory role's, that of its definition. */
  groupId: string;
  accessId: Access;
  /** Over what a directory role is held, as Graph says it: `/`, or a unit's path. */
  scope?: string | null;
}

/** What has a page of its own with assignments and settings: a group, or a directory role. */
export type Managed = Group & { id: string; of?: 'role'; isPrivileged?: boolean };
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
  scope?: string | null;
  /** Where that is told. */
  principalKind?: 'user' | 'group' | 'servicePrincipal';
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
  scope?: string | null;
  /** Of which collection it is; set as it is read. */
  about?: 'assignment' | 'eligibility';
  scheduleInfo?: ScheduleInfo | null;
  group?: Group | null;
  /** What was answered to the questions of a package's policy. */
  answers?: { question: string; answer: string }[];
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
  scope?: string | null;
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
  scope?: string | null;
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

/** A directory role's definition. */
export interface RoleDefinition {
  id: string;
  displayName: string;
  description: string | null;
  isBuiltIn: boolean;
  isEnabled: boolean;
  isPrivileged?: boolean;
  rolePermissions?: { allowedResourceActions?: string[] }[];
}

/** An administrative unit. */
export interface Unit {
  id: string;
  displayName: string;
  description: string | null;
  visibility?: string | null;
  isMemberManagementRestricted?: boolean;
}

/** A program that asks for tokens. */
export interface Application {
  id: string;
  appId: string;
  displayName: string;
  createdDateTime: string | null;
  isFallbackPublicClient?: boolean | null;
  passwordCredentials?: { keyId: string; displayName: string | null; startDateTime: string | null; endDateTime: string | null }[];
  web?: { redirectUris?: string[] } | null;
  spa?: { redirectUris?: string[] } | null;
  publicClient?: { redirectUris?: string[] } | null;
}

export type { Group, User };
