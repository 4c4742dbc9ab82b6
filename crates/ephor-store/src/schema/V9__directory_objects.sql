-- What else is known of users, whom they report to, and an index for everything that lists are filtered by.

ALTER TABLE users ADD COLUMN manager_id {bytes};
ALTER TABLE users ADD COLUMN city_key {text};
ALTER TABLE users ADD COLUMN company_name_key {text};
ALTER TABLE users ADD COLUMN country_key {text};
ALTER TABLE users ADD COLUMN state_key {text};
ALTER TABLE users ADD COLUMN usage_location_key {text};
CREATE INDEX users_by_manager ON users (manager_id, number) WHERE manager_id IS NOT NULL;
CREATE INDEX users_by_mail_nickname ON users (mail_nickname_key, number) WHERE mail_nickname_key IS NOT NULL;
CREATE INDEX users_by_given_name ON users (given_name_key, number) WHERE given_name_key IS NOT NULL;
CREATE INDEX users_by_surname ON users (surname_key, number) WHERE surname_key IS NOT NULL;
CREATE INDEX users_by_job_title ON users (job_title_key, number) WHERE job_title_key IS NOT NULL;
CREATE INDEX users_by_department ON users (department_key, number) WHERE department_key IS NOT NULL;
CREATE INDEX users_by_city ON users (city_key, number) WHERE city_key IS NOT NULL;
CREATE INDEX users_by_company_name ON users (company_name_key, number) WHERE company_name_key IS NOT NULL;
CREATE INDEX users_by_country ON users (country_key, number) WHERE country_key IS NOT NULL;
CREATE INDEX users_by_state ON users (state_key, number) WHERE state_key IS NOT NULL;
CREATE INDEX users_by_usage_location ON users (usage_location_key, number) WHERE usage_location_key IS NOT NULL;
CREATE INDEX users_disabled ON users (number) WHERE account_enabled = 0;
CREATE INDEX users_by_type ON users (user_type_key, number);
CREATE INDEX users_by_creation ON users (created_at, number);

CREATE INDEX groups_by_description ON groups (description_key, number) WHERE description_key IS NOT NULL;
CREATE INDEX groups_by_mail ON groups (mail_key, number) WHERE mail_key IS NOT NULL;
CREATE INDEX groups_by_creation ON groups (created_at, number);
CREATE INDEX groups_role_assignable ON groups (number) WHERE role_assignable = 1;
CREATE INDEX groups_mail_enabled ON groups (number) WHERE mail_enabled = 1;
CREATE INDEX groups_not_for_security ON groups (number) WHERE security_enabled = 0;
CREATE INDEX groups_unified ON groups (number) WHERE is_unified = 1;
CREATE INDEX groups_synchronised ON groups ((NULLIF(synchronised, 0)), number);
CREATE INDEX groups_by_rule_processing ON groups (rule_processing_key, number) WHERE rule_processing_key IS NOT NULL;
CREATE INDEX groups_by_visibility ON groups (visibility_key, number);

-- The programs that hold access, and what people call them.
CREATE TABLE IF NOT EXISTS service_principals (
    number {key},
    id {bytes} NOT NULL UNIQUE,
    app_id {bytes} NOT NULL UNIQUE,
    display_name {text} NOT NULL,
    display_name_key {text} NOT NULL,
    account_enabled {int} NOT NULL,
    created_at {int} NOT NULL,
    deleted_at {int},
    document {text} NOT NULL
){strict};
CREATE INDEX service_principals_by_display_name ON service_principals (display_name_key, number);

ALTER TABLE applications ADD COLUMN object_id {bytes};
ALTER TABLE applications ADD COLUMN display_name_key {text};
ALTER TABLE applications ADD COLUMN created_at {int} NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX applications_by_object ON applications (object_id) WHERE object_id IS NOT NULL;
CREATE INDEX applications_by_display_name ON applications (display_name_key, id);
CREATE INDEX applications_by_creation ON applications (created_at, id);

ALTER TABLE client_secrets ADD COLUMN key_id {bytes};
ALTER TABLE client_secrets ADD COLUMN display_name {text};
ALTER TABLE client_secrets ADD COLUMN starts_at {int} NOT NULL DEFAULT 0;
