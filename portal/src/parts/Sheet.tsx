/** A dialog; on the phone a sheet from below. One title, one close button, focus kept inside and given back. */
import './sheet.css';
import { Button, Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import { useEffect, useLayoutEffect, useState, type ReactNode, type RefObject } from 'react';
import { t } from '../i18n';

/** Takes the focus once the dialog has placed it on its first button: for the field that people come for. */
export function useFirstFocus(field: RefObject<HTMLElement | null>, wanted = true): void {
  useEffect(() => {
    if (!wanted) return;
    const timer = setTimeout(() => field.current?.focus(), 30);
    return () => clearTimeout(timer);
  }, [field, wanted]);
}

/**
 * Gives the focus back to where it came from when a dialog goes, else to the heading of the place. Fluent
 * takes the page for hidden behind a dialog until the focus is back on it.
 */
export function useReturnFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useLayoutEffect(
    () => () => {
      const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body ? opener : document.querySelector<HTMLElement>('main h1');
      back?.focus({ preventScroll: true });
      setTimeout(() => {
        const still = document.querySelector('[role=dialog], [role=alertdialog]');
        if (still === null && document.activeElement === document.body) document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
      }, 50);
    },
    [opener],
  );
}

/** A dialog that is open while it is there. */
export function Sheet({ title, onClose, children, wide = false, modal = true, alert = false }: { title: ReactNode; onClose: () => void; children: ReactNode; wide?: boolean; modal?: boolean; alert?: boolean }) {
  useReturnFocus();
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
