/** A dialog; on the phone a sheet from below. One title, one close button, focus kept inside and given back. */
import './sheet.css';
import { Button, Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { t } from '../i18n';

/** A dialog that is open while it is there. */
export function Sheet({ title, onClose, children, wide = false, modal = true, alert = false }: { title: ReactNode; onClose: () => void; children: ReactNode; wide?: boolean; modal?: boolean; alert?: boolean }) {
  return (
    <Dialog open modalType={alert ? 'alert' : modal ? 'modal' : 'non-modal'} onOpenChange={(_, data) => (data.open ? undefined : onClose())}>
      <DialogSurface className={wide ? 'sheet-surface wide' : 'sheet-surface'}>
        <DialogBody className="sheet-body">
          <DialogTitle as="h2" className="sheet-title" action={<Button appearance="subtle" icon={<DismissRegular />} aria-label={t('action.close')} onClick={onClose} />}>
            {title}
          </DialogTitle>
          <DialogContent className="sheet-content">{children}</DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
