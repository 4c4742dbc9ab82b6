//! What the objects of access packages have: for `$select`, `$expand`, filters and the description of the API.

use crate::odata::shape::{Link, Members, Usual};
use crate::types::{SCHEDULE_INFO, Type};
use crate::wire::group::GROUP;

macro_rules! members {
    ($($(#[$doc:meta])* $name:ident = $type:literal: [$($property:literal: $kind:expr),* $(,)?] to [$($link:expr),* $(,)?];)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: Members = Members {
            name: $type,
            properties: &[$(($property, $kind)),*],
            usual: Usual::All,
            related: &[$($link),*],
        };
    )*};
}

const WORDS: Type = Type::Text;

members! {
    /// A catalog by itself.
    PLAIN_CATALOG = "accessPackageCatalog": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "catalogType": WORDS,
        "state": WORDS, "isExternallyVisible": Type::Bool, "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [];
    /// A catalog.
    CATALOG = "accessPackageCatalog": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "catalogType": WORDS,
        "state": WORDS, "isExternallyVisible": Type::Bool, "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [Link::several("accessPackages", &PLAIN_PACKAGE), Link::several("resources", &RESOURCE)];
    /// A resource by itself.
    PLAIN_RESOURCE = "accessPackageResource": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "attributes": Type::List(&Type::Document),
        "createdDateTime": Type::Time, "modifiedDateTime": Type::Time,
    ] to [];
    /// A resource.
    RESOURCE = "accessPackageResource": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "attributes": Type::List(&Type::Document),
        "createdDateTime": Type::Time, "modifiedDateTime": Type::Time,
    ] to [Link::several("roles", &ROLE), Link::several("scopes", &SCOPE)];
    /// A role of a resource.
    ROLE = "accessPackageResourceRole": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "type": WORDS,
    ] to [Link::one("resource", &PLAIN_RESOURCE)];
    /// The scope of a resource.
    SCOPE = "accessPackageResourceScope": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "isRootScope": Type::Bool,
    ] to [Link::one("resource", &PLAIN_RESOURCE)];
    /// A role in a package.
    ROLE_SCOPE = "accessPackageResourceRoleScope": [
        "id": Type::Text, "createdDateTime": Type::Time,
    ] to [Link::one("role", &ROLE), Link::one("scope", &SCOPE)];
    /// A request to add or remove a resource.
    RESOURCE_REQUEST = "accessPackageResourceRequest": [
        "id": Type::Id, "requestType": WORDS, "state": WORDS, "createdDateTime": Type::Time,
    ] to [Link::one("resource", &PLAIN_RESOURCE), Link::one("catalog", &PLAIN_CATALOG)];
    /// A package by itself.
    PLAIN_PACKAGE = "accessPackage": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "isHidden": Type::Bool,
        "createdDateTime": Type::Time, "modifiedDateTime": Type::Time,
    ] to [Link::one("catalog", &PLAIN_CATALOG)];
    /// A package.
    PACKAGE = "accessPackage": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "isHidden": Type::Bool,
        "createdDateTime": Type::Time, "modifiedDateTime": Type::Time,
    ] to [
        Link::one("catalog", &PLAIN_CATALOG), Link::several("assignmentPolicies", &PLAIN_POLICY),
        Link::several("resourceRoleScopes", &ROLE_SCOPE),
        Link::several("incompatibleAccessPackages", &PLAIN_PACKAGE),
        Link::several("accessPackagesIncompatibleWith", &PLAIN_PACKAGE),
        Link::several("incompatibleGroups", &GROUP),
    ];
    /// A policy by itself.
    PLAIN_POLICY = "accessPackageAssignmentPolicy": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text,
        "allowedTargetScope": WORDS, "specificAllowedTargets": Type::List(&Type::Document),
        "expiration": Type::Document, "requestorSettings": Type::Document,
        "requestApprovalSettings": Type::Document, "questions": Type::List(&Type::Document),
        "reviewSettings": Type::Document, "automaticRequestSettings": Type::Document,
        "notificationSettings": Type::Document, "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [];
    /// A policy.
    POLICY = "accessPackageAssignmentPolicy": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text,
        "allowedTargetScope": WORDS, "specificAllowedTargets": Type::List(&Type::Document),
        "expiration": Type::Document, "requestorSettings": Type::Document,
        "requestApprovalSettings": Type::Document, "questions": Type::List(&Type::Document),
        "reviewSettings": Type::Document, "automaticRequestSettings": Type::Document,
        "notificationSettings": Type::Document, "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [Link::one("accessPackage", &PLAIN_PACKAGE), Link::one("catalog", &PLAIN_CATALOG)];
    /// Whoever asks or has something.
    SUBJECT = "accessPackageSubject": [
        "id": Type::Id, "objectId": Type::Id, "displayName": Type::Text, "principalName": Type::Text,
        "email": Type::Text, "onPremisesSecurityIdentifier": Type::Text, "subjectType": WORDS,
        "subjectLifecycle": WORDS,
    ] to [];
    /// A package as somebody has it.
    ASSIGNMENT = "accessPackageAssignment": [
        "id": Type::Id, "state": WORDS, "status": Type::Text, "expiredDateTime": Type::Time,
        "schedule": SCHEDULE_INFO, "customExtensionCalloutInstances": Type::List(&Type::Document),
    ] to [
        Link::one("target", &SUBJECT), Link::one("accessPackage", &PLAIN_PACKAGE),
        Link::one("assignmentPolicy", &PLAIN_POLICY),
    ];
    /// An assignment within a request.
    ASKED_ASSIGNMENT = "accessPackageAssignment": [
        "id": Type::Id, "targetId": Type::Id, "accessPackageId": Type::Id, "assignmentPolicyId": Type::Id,
    ] to [Link::one("target", &SUBJECT)];
    /// A request about a package.
    REQUEST = "accessPackageAssignmentRequest": [
        "id": Type::Id, "requestType": WORDS, "state": WORDS, "status": Type::Text,
        "createdDateTime": Type::Time, "completedDateTime": Type::Time, "justification": Type::Text,
        "answers": Type::List(&Type::Document), "schedule": SCHEDULE_INFO,
        "customExtensionCalloutInstances": Type::List(&Type::Document),
    ] to [
        Link::one("requestor", &SUBJECT), Link::one("accessPackage", &PLAIN_PACKAGE),
        Link::one("assignment", &ASKED_ASSIGNMENT),
    ];
    /// A policy under which somebody may ask.
    REQUIREMENTS = "accessPackageAssignmentRequestRequirements": [
        "policyId": Type::Id, "policyDisplayName": Type::Text, "policyDescription": Type::Text,
        "isApprovalRequiredForAdd": Type::Bool, "isApprovalRequiredForUpdate": Type::Bool,
        "isRequestorJustificationRequired": Type::Bool, "allowCustomAssignmentSchedule": Type::Bool,
        "schedule": SCHEDULE_INFO, "questions": Type::List(&Type::Document),
    ] to [];
    /// What a role over catalogs is.
    ROLE_DEFINITION = "unifiedRoleDefinition": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "templateId": Type::Id,
        "isBuiltIn": Type::Bool, "isEnabled": Type::Bool, "version": Type::Text,
        "resourceScopes": Type::List(&Type::Text), "rolePermissions": Type::List(&Type::Document),
    ] to [];
    /// A role over a catalog, as somebody has it.
    ROLE_ASSIGNMENT = "unifiedRoleAssignment": [
        "id": Type::Id, "principalId": Type::Id, "roleDefinitionId": Type::Id, "directoryScopeId": Type::Text,
        "appScopeId": Type::Text, "condition": Type::Text,
    ] to [Link::one("roleDefinition", &ROLE_DEFINITION)];
    /// What holds for all catalogs.
    SETTINGS = "entitlementManagementSettings": [
        "id": Type::Text, "externalUserLifecycleAction": WORDS,
        "durationUntilExternalUserDeletedAfterBlocked": Type::Duration,
    ] to [];
    /// Another organisation: there are none.
    ORGANIZATION = "connectedOrganization": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "state": WORDS,
        "identitySources": Type::List(&Type::Document), "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [];
    /// Where a resource is: nothing is known of that.
    ENVIRONMENT = "accessPackageResourceEnvironment": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "isDefaultEnvironment": Type::Bool, "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [];
    /// A question by itself.
    QUESTION = "accessPackageQuestion": [
        "id": Type::Id, "sequence": Type::Int, "isRequired": Type::Bool, "isAnswerEditable": Type::Bool,
        "text": Type::Text, "localizations": Type::List(&Type::Document),
        "isSingleLineQuestion": Type::Bool, "regexPattern": Type::Text,
        "choices": Type::List(&Type::Document), "isMultipleSelectionAllowed": Type::Bool,
    ] to [];
    /// What is called out about a package (R-G4).
    WARNING = "ephorLifecycleWarning": [
        "packageId": Type::Id, "package": Type::Text, "policyId": Type::Id, "policy": Type::Text,
        "originId": Type::Text, "originSystem": Type::Text, "resource": Type::Text, "groupId": Type::Id, "group": Type::Text, "role": Type::Text, "packageLasts": Type::Duration,
        "roleLasts": Type::Duration, "message": Type::Text,
    ] to [];
    /// What repairing a package came to.
    REPAIRED = "ephorPackageRepair": [
        "assignments": Type::Int, "whole": Type::Int, "granted": Type::Int,
    ] to [];

    /// A catalog as `/beta` shows it.
    BETA_CATALOG = "accessPackageCatalog": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "catalogType": WORDS,
        "catalogStatus": WORDS, "isExternallyVisible": Type::Bool, "createdBy": Type::Text,
        "createdDateTime": Type::Time, "modifiedBy": Type::Text, "modifiedDateTime": Type::Time,
    ] to [];
    /// A resource by itself, as `/beta` shows it.
    BETA_PLAIN_RESOURCE = "accessPackageResource": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "resourceType": Type::Text,
    ] to [];
    /// A role as `/beta` shows it.
    BETA_ROLE = "accessPackageResourceRole": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "type": WORDS,
    ] to [Link::one("accessPackageResource", &BETA_PLAIN_RESOURCE)];
    /// A scope as `/beta` shows it.
    BETA_SCOPE = "accessPackageResourceScope": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "isRootScope": Type::Bool,
    ] to [Link::one("accessPackageResource", &BETA_PLAIN_RESOURCE)];
    /// A resource as `/beta` shows it.
    BETA_RESOURCE = "accessPackageResource": [
        "id": Type::Id, "displayName": Type::Text, "description": Type::Text, "originId": Type::Text,
        "originSystem": Type::Text, "resourceType": Type::Text, "isPendingOnboarding": Type::Bool,
        "addedOn": Type::Time, "url": Type::Text,
    ] to [
        Link::several("accessPackageResourceRoles", &BETA_ROLE),
        Link::several("accessPackageResourceScopes", &BETA_SCOPE),
    ];
    /// A role in a package as `/beta` shows it.
    BETA_ROLE_SCOPE = "accessPackageResourceRoleScope": [
        "id": Type::Text, "createdDateTime": Type::Time,
    ] to [
        Link::one("accessPackageResourceRole", &BETA_ROLE),
        Link::one("accessPackageResourceScope", &BETA_SCOPE),
    ];
    /// A request to add or remove a resource, as `/beta` shows it.
    BETA_RESOURCE_REQUEST = "accessPackageResourceRequest": [
        "id": Type::Id, "catalogId": Type::Id, "requestType": WORDS, "requestState": WORDS,
        "requestStatus": WORDS, "executeImmediately": Type::Bool, "isValidationOnly": Type::Bool,
    ] to [Link::one("accessPackageResource", &BETA_PLAIN_RESOURCE)];
    /// A policy as `/beta` shows it.
    BETA_POLICY = "accessPackageAssignmentPolicy": [
        "id": Type::Id, "accessPackageId": Type::Id, "displayName": Type::Text, "description": Type::Text,
        "canExtend": Type::Bool, "durationInDays": Type::Int, "expirationDateTime": Type::Time,
        "requestorSettings": Type::Document, "requestApprovalSettings": Type::Document,
        "accessReviewSettings": Type::Document, "questions": Type::List(&Type::Document),
        "createdDateTime": Type::Time, "modifiedDateTime": Type::Time,
    ] to [];
    /// A package as `/beta` shows it.
    BETA_PACKAGE = "accessPackage": [
        "id": Type::Id, "catalogId": Type::Id, "displayName": Type::Text, "description": Type::Text,
        "isHidden": Type::Bool, "isRoleScopesVisible": Type::Bool, "createdDateTime": Type::Time,
        "modifiedDateTime": Type::Time,
    ] to [
        Link::several("accessPackageResourceRoleScopes", &BETA_ROLE_SCOPE),
        Link::one("accessPackageCatalog", &BETA_CATALOG),
        Link::several("accessPackageAssignmentPolicies", &BETA_POLICY),
    ];
}
