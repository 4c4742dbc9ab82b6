/** Access packages as the API has them: what is read of them, and what is asked of them. */
import { queryOptions } from '@tanstack/react-query';
import { act, all, get, patch, post, put, query, quoted, Refused, remove } from './client';
import type { Approval, Expiration, ScheduleInfo, ScheduleRequest } from './types';

/** Below here are access packages. */
export const EM = '/v1.0/identityGovernance/entitlementManagement';
/** Below here are roles over catalogs. */
const EM_ROLES = '/v1.0/roleManagement/entitlementManagement';

/** A catalog. */
export interface Catalog {
  id: string;
  displayName: string;
  description: string | null;
  state: 'published' | 'unpublished';
  isExternallyVisible?: boolean;
  accessPackages?: AccessPackage[];
  resources?: Resource[];
}

/** A group in a catalog. */
export interface Resource {
  id: string;
  displayName: string;
  description: string | null;
  originId: string;
  roles?: ResourceRole[];
}

/** A role that a group offers to packages. */
export interface ResourceRole {
  id: string;
  displayName: string;
  originId: string;
  originSystem: string;
  type?: 'active' | 'eligible';
  resource?: Resource;
}

/** A role in a package. */
export interface RoleScope {
  id: string;
  role: ResourceRole;
  scope: { displayName: string; originId: string };
}

/** An access package. */
export interface AccessPackage {
  id: string;
  displayName: string;
  description: string | null;
  isHidden: boolean;
  catalog?: Catalog;
  resourceRoleScopes?: RoleScope[];
  assignmentPolicies?: PackagePolicy[];
}

/** A set of people, as a policy names them. */
export interface SubjectSet {
  '@odata.type': string;
  userId?: string;
  groupId?: string;
  managerLevel?: number;
}

/** One stage of a policy's approval. */
export interface PolicyStage {
  durationBeforeAutomaticDenial: string;
  isApproverJustificationRequired: boolean;
  isEscalationEnabled: boolean;
  durationBeforeEscalation: string;
  primaryApprovers: SubjectSet[];
  fallbackPrimaryApprovers: SubjectSet[];
  escalationApprovers: SubjectSet[];
  fallbackEscalationApprovers: SubjectSet[];
}

/** A question of a policy. */
export interface Question {
  '@odata.type': string;
  id: string;
  sequence: number;
  isRequired: boolean;
  isAnswerEditable: boolean;
  text: string;
  localizations?: { languageCode: string; text: string }[];
  isSingleLineQuestion?: boolean;
  regexPattern?: string | null;
  choices?: { actualValue: string; text: string; localizations?: { languageCode: string; text: string }[] }[];
  isMultipleSelectionAllowed?: boolean;
}

/** Whom a policy is for. */
export type TargetScope = 'notSpecified' | 'specificDirectoryUsers' | 'allMemberUsers' | 'allDirectoryUsers';

/** A policy of a package. */
export interface PackagePolicy {
  id: string;
  displayName: string;
  description: string | null;
  allowedTargetScope: TargetScope;
  specificAllowedTargets: SubjectSet[];
  expiration: Expiration;
  requestorSettings: {
    enableTargetsToSelfAddAccess: boolean;
    enableTargetsToSelfUpdateAccess: boolean;
    enableTargetsToSelfRemoveAccess: boolean;
    allowCustomAssignmentSchedule: boolean;
  };
  requestApprovalSettings: {
    isApprovalRequiredForAdd: boolean;
    isApprovalRequiredForUpdate: boolean;
    isRequestorJustificationRequired: boolean;
    stages: PolicyStage[];
  };
  questions: Question[];
  reviewSettings: unknown;
  notificationSettings?: { isAssignmentNotificationDisabled: boolean };
  accessPackage?: { id: string };
  /** What is called out about it, in the server's words. */
  '@ephor.warnings'?: string[];
}

/** What somebody has to say to get a package, under one policy. */
export interface Requirements {
  policyId: string;
  policyDisplayName: string;
  policyDescription: string | null;
  isApprovalRequiredForAdd: boolean;
  isApprovalRequiredForUpdate: boolean;
  isRequestorJustificationRequired: boolean;
  allowCustomAssignmentSchedule: boolean;
  schedule: ScheduleInfo;
  questions: Question[];
}

/** Somebody who asks or has something. */
export interface Subject {
  objectId: string;
  displayName: string | null;
  principalName: string | null;
}

/** One role of what somebody was given: whether they hold it now, and until when. */
export interface HeldRole {
  groupId: string;
  group: string | null;
  role: string;
  held: boolean;
  until: string | null;
  byPackage: boolean;
}

/** A package as somebody has it. */
export interface PackageAssignment {
  id: string;
  state: 'delivering' | 'partiallyDelivered' | 'delivered' | 'expired' | 'deliveryFailed';
  expiredDateTime: string | null;
  schedule: ScheduleInfo;
  target: Subject;
  accessPackage: AccessPackage;
  assignmentPolicy?: PackagePolicy;
  '@ephor.roles': HeldRole[];
}

/** An answer to a question. */
export interface Answer {
  value: string;
  answeredQuestion: { id: string; text?: string };
}

/** How a request about a package stands. */
export type PackageRequestState = 'submitted' | 'pendingApproval' | 'scheduled' | 'delivering' | 'delivered' | 'partiallyDelivered' | 'deliveryFailed' | 'denied' | 'canceled';

/** A request about a package. */
export interface PackageRequest {
  id: string;
  requestType: 'userAdd' | 'userUpdate' | 'userRemove' | 'adminAdd' | 'adminUpdate' | 'adminRemove';
  state: PackageRequestState;
  status: string;
  createdDateTime: string;
  completedDateTime: string | null;
  justification: string | null;
  answers: Answer[];
  schedule: ScheduleInfo;
  requestor: Subject | null;
  accessPackage: AccessPackage;
  assignment: { id: string | null; targetId: string; assignmentPolicyId: string; target: Subject };
}

/** What is called out about a package and a group in it (R-G4). */
export interface Lifecycle {
  packageId: string;
  policy: string;
  groupId: string;
  group: string;
  message: string;
}

/** A role over a catalog that somebody has. */
export interface CatalogRoleAssignment {
  id: string;
  principalId: string;
  roleDefinitionId: string;
  appScopeId: string;
  roleDefinition?: { displayName: string; description: string };
}

const WITH_ROLES = 'resourceRoleScopes($expand=role,scope),catalog';
const WHOSE = 'target,accessPackage,assignmentPolicy';
const ASKED = 'requestor,accessPackage,assignment($expand=target)';

/** The packages that the caller may ask for. */
export const offeredPackages = () =>
  queryOptions({ queryKey: ['packages-offered'], queryFn: () => all<AccessPackage>(`${EM}/accessPackages/filterByCurrentUser(on='allowedRequestor')${query({ $expand: WITH_ROLES })}`) });

/** The packages that the caller has, or had. */
export const myPackages = () =>
  queryOptions({
    queryKey: ['packages-mine'],
    refetchInterval: 60_000,
    queryFn: () => all<PackageAssignment>(`${EM}/assignments/filterByCurrentUser(on='target')${query({ $expand: WHOSE })}`),
  });

const newestFirst = (rows: PackageRequest[]) => rows.sort((one, other) => other.createdDateTime.localeCompare(one.createdDateTime));

/** What the caller asked for. */
export const myPackageRequests = () =>
  queryOptions({
    queryKey: ['package-requests-mine'],
    refetchInterval: 30_000,
    queryFn: async () => newestFirst(await all<PackageRequest>(`${EM}/assignmentRequests/filterByCurrentUser(on='createdBy')${query({ $expand: ASKED })}`)).filter((one) => one.requestType.startsWith('user')),
  });

/** What the caller would have to say to get a package; more than one where several policies let them ask. */
export const requirements = (id: string) =>
  queryOptions({ queryKey: ['package-requirements', id], queryFn: async () => (await act<{ value: Requirements[] }>(`${EM}/accessPackages/${id}/getApplicablePolicyRequirements`)).value });

/** The catalogs that the caller looks after. */
export const catalogs = () => queryOptions({ queryKey: ['catalogs'], queryFn: () => all<Catalog>(`${EM}/catalogs${query({ $expand: 'accessPackages,resources' })}`) });

/** One of them, with what is in it. */
export const catalog = (id: string) =>
  queryOptions({ queryKey: ['catalog', id], queryFn: () => get<Catalog>(`${EM}/catalogs/${id}${query({ $expand: 'accessPackages,resources($expand=roles)' })}`) });

/** Who has which role over a catalog. */
export const catalogRoles = (id: string) =>
  queryOptions({
    queryKey: ['catalog-roles', id],
    queryFn: async () => (await all<CatalogRoleAssignment>(`${EM_ROLES}/roleAssignments${query({ $expand: 'roleDefinition' })}`)).filter((one) => one.appScopeId === `/AccessPackageCatalog/${id}`),
  });

/** The roles over catalogs that there are. */
export const catalogRoleDefinitions = () =>
  queryOptions({ queryKey: ['catalog-role-definitions'], staleTime: Infinity, queryFn: () => all<{ id: string; displayName: string; description: string }>(`${EM_ROLES}/roleDefinitions`) });

/** A package with what is in it and how it is handed out. */
export const accessPackage = (id: string) =>
  queryOptions({
    queryKey: ['package', id],
    queryFn: async () => {
      // Expansions go two deep: what the roles are of is asked for where it is two deep.
      const [one, roles] = await Promise.all([
        get<AccessPackage>(`${EM}/accessPackages/${id}${query({ $expand: 'catalog,assignmentPolicies' })}`),
        all<RoleScope>(`${EM}/accessPackages/${id}/resourceRoleScopes${query({ $expand: 'role($expand=resource),scope' })}`),
      ]);
      return { ...one, resourceRoleScopes: roles };
    },
  });

/** A package by itself: what it is called. */
export const packageNamed = (id: string) => queryOptions({ queryKey: ['package-named', id], staleTime: 300_000, queryFn: () => get<AccessPackage>(`${EM}/accessPackages/${id}`) });

/** Where a package lasts longer than what is in it. */
export const lifecycle = (id: string) =>
  queryOptions({ queryKey: ['package-lifecycle', id], queryFn: async () => (await get<{ value: Lifecycle[] }>(`/ephor/v1/packages/${id}/lifecycle`)).value });

/** The same, of the packages that hold roles of a group. */
export const lifecycleOfGroup = (id: string) =>
  queryOptions({ queryKey: ['group-lifecycle', id], staleTime: 0, queryFn: async () => (await get<{ value: Lifecycle[] }>(`/ephor/v1/groups/${id}/lifecycle`)).value });

/** Who has a package, and what of it they hold. */
export const packageAssignments = (id: string) =>
  queryOptions({ queryKey: ['package-assignments', id], staleTime: 0, queryFn: () => all<PackageAssignment>(`${EM}/assignments${query({ $filter: `accessPackage/id eq ${quoted(id)}`, $expand: WHOSE })}`) });

/** What was asked about a package. */
export const packageRequests = (id: string) =>
  queryOptions({
    queryKey: ['package-requests', id],
    staleTime: 0,
    queryFn: async () => newestFirst(await all<PackageRequest>(`${EM}/assignmentRequests${query({ $filter: `accessPackage/id eq ${quoted(id)}`, $expand: ASKED })}`)),
  });

/** A request about a package, in the form that every queue of decisions shows. */
export function asDecision(request: PackageRequest): ScheduleRequest {
  const { target } = request.assignment;
  return {
    id: request.id,
    status: request.state === 'pendingApproval' ? 'PendingApproval' : request.state === 'denied' ? 'Denied' : request.state === 'canceled' ? 'Canceled' : 'Provisioned',
    createdDateTime: request.createdDateTime,
    action: request.requestType,
    justification: request.justification,
    groupId: request.accessPackage.id,
    accessId: 'package',
    group: { id: request.accessPackage.id, displayName: request.accessPackage.displayName, description: request.accessPackage.description },
    principalId: target.objectId,
    principal: { id: target.objectId, displayName: target.displayName, userPrincipalName: target.principalName },
    scheduleInfo: request.schedule,
    answers: request.answers.map((answer) => ({ question: answer.answeredQuestion.text ?? '', answer: answer.value })),
  } as ScheduleRequest;
}

/** Requests about packages that wait for the caller's decision. */
export async function packageDecisions(): Promise<ScheduleRequest[]> {
  try {
    return (await all<PackageRequest>(`${EM}/assignmentRequests/filterByCurrentUser(on='approver')${query({ $expand: ASKED })}`)).map(asDecision);
  } catch (error) {
    if (error instanceof Refused && error.status === 403) return [];
    throw error;
  }
}

/** Decides the stage of a request that waits for the caller. */
export async function decidePackage(id: string, reviewResult: 'Approve' | 'Deny', justification: string): Promise<void> {
  const { stages } = await get<Approval>(`${EM}/accessPackageAssignmentApprovals/${id}?$expand=stages`);
  const stage = stages.find((one) => one.status === 'InProgress') ?? stages.at(-1);
  await patch(`${EM}/accessPackageAssignmentApprovals/${id}/stages/${stage?.id ?? id}`, { reviewResult, justification });
}

/** Asks for a package, for longer, or to give it back. */
export const askForPackage = (body: object) => post<PackageRequest>(`${EM}/assignmentRequests`, body);
/** Takes a request back. */
export const cancelPackageRequest = (id: string) => act(`${EM}/assignmentRequests/${id}/cancel`);
/** Makes a catalog. */
export const makeCatalog = (body: { displayName: string; description: string }) => post<Catalog>(`${EM}/catalogs`, { ...body, state: 'published' });
/** Adds a group to a catalog, or takes it out. */
export const changeResource = (requestType: 'adminAdd' | 'adminRemove', catalogId: string, groupId: string) =>
  post(`${EM}/resourceRequests`, { requestType, resource: { originId: groupId, originSystem: 'AadGroup' }, catalog: { id: catalogId } });
/** Gives somebody a role over a catalog. */
export const giveCatalogRole = (catalogId: string, roleDefinitionId: string, principalId: string) => post(`${EM_ROLES}/roleAssignments`, { principalId, roleDefinitionId, appScopeId: `/AccessPackageCatalog/${catalogId}` });
/** Takes it away. */
export const takeCatalogRole = (id: string) => remove(`${EM_ROLES}/roleAssignments/${id}`);
/** Makes a package. */
export const makePackage = (catalogId: string, body: { displayName: string; description: string }) => post<AccessPackage>(`${EM}/accessPackages`, { ...body, isHidden: false, catalog: { id: catalogId } });
/** Changes a package. */
export const changePackage = (id: string, body: Partial<Pick<AccessPackage, 'displayName' | 'description' | 'isHidden'>>) => patch(`${EM}/accessPackages/${id}`, body);
/** Takes a package away for good. */
export const removePackage = (id: string) => remove(`${EM}/accessPackages/${id}`);
/** Puts a role of a group into a package. */
export const addRole = (id: string, role: ResourceRole, resource: Resource) =>
  post<{ '@ephor.warnings'?: string[] }>(`${EM}/accessPackages/${id}/resourceRoleScopes`, {
    role: { originId: role.originId, displayName: role.displayName, originSystem: 'AadGroup', resource: { id: resource.id, originId: resource.originId, originSystem: 'AadGroup' } },
    scope: { originId: resource.originId, originSystem: 'AadGroup', displayName: 'Root', isRootScope: true },
  });
/** Takes it out of the package, and from whoever has it by the package. */
export const removeRole = (id: string, roleScope: string) => remove(`${EM}/accessPackages/${id}/resourceRoleScopes/${roleScope}`);
/** Makes a policy, or replaces it whole. */
export const savePolicy = (packageId: string, id: string | undefined, policy: Omit<PackagePolicy, 'id'>) =>
  id === undefined
    ? post<PackagePolicy>(`${EM}/assignmentPolicies`, { ...policy, accessPackage: { id: packageId } })
    : put<PackagePolicy>(`${EM}/assignmentPolicies/${id}`, { ...policy, accessPackage: { id: packageId } });
/** Takes a policy away. */
export const removePolicy = (id: string) => remove(`${EM}/assignmentPolicies/${id}`);
/** Gives again what somebody lost though they have the package. */
export const repairPackage = (id: string) => act<{ assignments: number; whole: number; granted: number }>(`/ephor/v1/packages/${id}/repair`);
