/** What a browser sees whose session ended while the page was in use. Of the window alone: the dropdown has no dialogs. */
import { Button, CodeBlock, Dialog } from '../kit/index.js';
import { inMacApp } from '../lib/here.js';
import { hub } from '../lib/live.js';

/** The session ended while the page was in use: it stays as it is below, with what is typed in it. */
export default function SignInAgain() {
  return (
    <Dialog
      open
      alert
      size="sm"
      // Only a session closes it.
      onOpenChange={() => undefined}
      title="Sign this browser in again"
      description="Its session ended. The page stays as it is, with all that you typed, and goes on once the browser is signed in."
      footer={
        <Button autoFocus variant="primary" onClick={() => hub.retry()}>
          Try Again
        </Button>
      }
    >
      {inMacApp ? (
        <p>
          Close this window, then choose Open MLX Manager in the menu of the icon. What you typed and did not save is lost then: copy it
          first.
        </p>
      ) : (
        <>
          <p>In a terminal, in the folder of MLX Manager; then come back to this tab:</p>
          <CodeBlock code="npx mlx-manager open" label="command" className="mt-2" />
        </>
      )}
    </Dialog>
  );
}
