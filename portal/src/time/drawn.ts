/** Whether the place was drawn: what it does not need to be drawn is asked for after that. */
import { useEffect, useState } from 'react';

/** The longest that is waited for a moment in which the browser has nothing to do, in milliseconds. */
const AT_MOST = 1_000;

/** False until the browser has drawn what was there first and has time for more. */
export function useDrawn(): boolean {
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    const done = () => setDrawn(true);
    // Safari has no idle callback.
    if (!('requestIdleCallback' in window)) {
      const timer = setTimeout(done, AT_MOST / 4);
      return () => clearTimeout(timer);
    }
    const idle = window.requestIdleCallback(done, { timeout: AT_MOST });
    return () => window.cancelIdleCallback(idle);
  }, []);
  return drawn;
}
