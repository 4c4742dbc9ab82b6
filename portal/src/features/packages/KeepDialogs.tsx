/** Keeps a package for longer, or gives it back before its end. */
import '../../parts/length.css';
import '../groups/wizard.css';
import { Button, Field, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import { askForPackage, type PackageAssignment } from '../../api/packages';
import { accessChanged } from '../../api/queries';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Refusal } from '../../parts/messages';
import { Sheet } from '../../parts/Sheet';

interface Props {
  assignment: PackageAssignment;
  onClose: () => void;
}

function useAsk({ assignment, onClose }: Props, requestType: 'userUpdate' | 'userRemove', done: string) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const ask = async (why: string) => {
    setBusy(true);
    setError(undefined);
    try {
      await askForPackage({
        requestType,
        assignment: requestType === 'userRemove' ? { id: assignment.id } : { id: assignment.id, accessPackageId: assignment.accessPackage.id, ...(assignment.assignmentPolicy === undefined ? {} : { assignmentPolicyId: assignment.assignmentPolicy.id }) },
        ...(why.trim() === '' ? {} : { justification: why }),
      });
      announce(done);
      onClose();
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return { busy, error, ask };
}

export default function ExtendDialog(props: Props) {
  const name = props.assignment.accessPackage.displayName;
  const approval = props.assignment.assignmentPolicy?.requestApprovalSettings;
  const { busy, error, ask } = useAsk(props, 'userUpdate', t('packages.nowExtended', { name }));
  const [why, setWhy] = useState('');
  const needs = approval?.isRequestorJustificationRequired === true;
  return (
    <Sheet title={t('later.extend', { name })} onClose={props.onClose}>
      <div className="fields">
        <p>{t(approval?.isApprovalRequiredForUpdate === true ? 'packages.extendApproval' : 'packages.extendAtOnce')}</p>
        <Field label={t('field.reason')} required={needs} hint={needs ? undefined : t('field.optional')}>
          <Textarea value={why} rows={2} maxLength={500} onChange={(_, data) => setWhy(data.value)} />
        </Field>
        {error === undefined ? null : <Refusal title={t('later.not')} error={error} />}
      </div>
      <div className="sheet-actions">
        <Button onClick={props.onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy || (needs && why.trim() === '')} onClick={() => void ask(why)}>
          {t('roles.extend')}
        </Button>
      </div>
    </Sheet>
  );
}

export function GiveBackDialog(props: Props) {
  const name = props.assignment.accessPackage.displayName;
  const { busy, error, ask } = useAsk(props, 'userRemove', t('packages.nowGivenBack', { name }));
  return (
    <Sheet title={t('packages.giveBackTitle', { name })} onClose={props.onClose}>
      <p>{t('packages.giveBackWhat')}</p>
      {error === undefined ? null : <Refusal title={t('packages.notGivenBack')} error={error} />}
      <div className="sheet-actions">
        <Button onClick={props.onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy} onClick={() => void ask('')}>
          {t('packages.giveBack')}
        </Button>
      </div>
    </Sheet>
  );
}
