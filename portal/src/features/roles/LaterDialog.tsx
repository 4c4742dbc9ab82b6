/** Asks an administrator for more time: to extend what ends soon, or to renew what has ended (R-D5). */
import { Button, Field, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import { post } from '../../api/client';
import { about, requestsAt } from '../../api/held';
import { accessChanged } from '../../api/queries';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Refusal } from '../../parts/messages';
import { Sheet } from '../../parts/Sheet';

/** What is asked for, of which role. */
export interface Later {
  role: Role;
  action: 'selfExtend' | 'selfRenew';
}

export default function LaterDialog({ role, action, onClose }: Later & { onClose: () => void }) {
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const name = role.groupDisplayName ?? role.groupId;
  const extend = action === 'selfExtend';
  const ask = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const kind = role.assignmentType === 'eligible' ? 'eligibility' : 'assignment';
      await post(`/v1.0${requestsAt(role.accessId, kind)}`, {
        action,
        principalId: role.principalId,
        ...about(role),
        justification: why,
      });
      announce(t('later.asked', { name }));
      onClose();
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t(extend ? 'later.extend' : 'later.renew', { name })} onClose={onClose}>
      <div className="fields">
        <p>{t('later.what')}</p>
        <Field label={t('field.reason')} required>
          <Textarea value={why} rows={3} maxLength={500} onChange={(_, data) => setWhy(data.value)} />
        </Field>
        {error === undefined ? null : <Refusal title={t('later.not')} error={error} />}
      </div>
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy || why.trim() === ''} onClick={() => void ask()}>
          {t(extend ? 'roles.extend' : 'roles.renew')}
        </Button>
      </div>
    </Sheet>
  );
}
