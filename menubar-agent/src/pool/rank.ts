/** Who is next: by priority, made better by waiting, so that nothing starves. */
import { PRIORITIES, type Priority } from '@mlx-manager/shared';

/**
 * The place of a request among others: the smallest comes first. One priority weighs as much as `ageing` milliseconds of waiting. Both sides of a
 * comparison grow old at the same pace, so the value never changes and queues need no sorting.
 * @param since when it began to wait, milliseconds.
 */
export const rankOf = (priority: Priority, since: number, ageing: number): number => since + PRIORITIES.indexOf(priority) * ageing;
