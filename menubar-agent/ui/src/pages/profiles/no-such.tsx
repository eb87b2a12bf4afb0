/** An address of a profile that is not there. */
import { Link } from 'wouter';
import { buttonClass, EmptyState } from '../../kit/index.js';

export function NoSuch({ which }: { which: string }) {
  return (
    <EmptyState
      page
      title="There is no such profile"
      action={
        <Link href="/profiles" className={buttonClass('primary')}>
          All Profiles
        </Link>
      }
    >
      No profile has the number {which}. It may have been deleted.
    </EmptyState>
  );
}
