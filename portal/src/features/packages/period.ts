/** How long somebody has a package. */
import type { PackageAssignment } from '../../api/packages';
import { fromIso } from '../../time/duration';
import { millis } from '../../time/format';

/** When it ends; none where it does not. */
export function assignmentEnd(assignment: PackageAssignment): number | undefined {
  if (assignment.expiredDateTime !== null) return millis(assignment.expiredDateTime);
  const { expiration, startDateTime } = assignment.schedule;
  if (expiration?.endDateTime) return millis(expiration.endDateTime);
  const span = fromIso(expiration?.duration);
  return span === undefined || !startDateTime ? undefined : millis(startDateTime) + span;
}
