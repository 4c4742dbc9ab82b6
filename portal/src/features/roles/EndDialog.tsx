/** Ends an activation before its time, after saying what that does. */
import { Button } from '@fluentui/react-components';
import { useState } from 'react';
import { post } from '../../api/client';
import { about, requestsAt } from '../../api/held';
import { accessChanged } from '../../api/queries';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import { announce } from '../../parts/announce';
import { Refusal } from '../../parts/messages';
import { Sheet } from '../../parts/Sheet';

export default function EndDialog({ role, onClose }: { role: Role; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const name = role.groupDisplayName ?? role.groupId;
  const end = async () => {
    setBusy(true);
    try {
      await post(`/v1.0${requestsAt(role.accessId, 'assignment')}`, {
        action: 'selfDeactivate',
        principalId: role.principalId,
        ...about(role),
      });
      announce(t('say.ended', { name }));
      onClose();
      await accessChanged();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t('end.title', { name })} onClose={onClose}>
      <p>{t('end.what')}</p>
      {error === undefined ? null : (
        <div style={{ marginTop: 16 }}>
          <Refusal title={t('end.not', { name })} error={error} />
        </div>
      )}
      <div className="sheet-actions">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button appearance="primary" disabledFocusable={busy} onClick={() => void end()}>
          {t(busy ? 'state.sending' : 'roles.end')}
        </Button>
      </div>
    </Sheet>
  );
}
