/** A page that breaks leaves the others alone, and says so. */
import { Component, type ReactNode } from 'react';
import { Button, EmptyState } from '../kit/index.js';

export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // After an update of the agent the parts of an older page are gone.
    const outdated = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i.test(error.message);
    return (
      <div role="alert" className="flex min-h-0 flex-1">
        <EmptyState
          page
          title={outdated ? 'MLX Manager was updated' : 'This page met an error'}
          action={
            <>
              {!outdated && <Button onClick={() => this.setState({ error: null })}>Try Again</Button>}
              <Button variant="primary" onClick={() => window.location.reload()}>
                Reload
              </Button>
            </>
          }
        >
          {outdated ? 'Reload to go on with the new version.' : error.message}
        </EmptyState>
      </div>
    );
  }
}
