/** Numbers as people read them: the same words on every surface. */
import { format } from '@mlx-manager/shared';

export const { bytes, rate, duration, tokensPerSecond, count, plural, relativeTime } = format;

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Gigabytes as Apple labels memory (2^30 bytes): `16 GB`, `3.4 GB`. */
export const memoryGb = (gib: number): string => `${gib < 9.95 ? trim(gib.toFixed(1)) : Math.round(gib)} GB`;
/** The same from bytes. */
export const memoryBytes = (value: number): string => (value < GIB ? `${Math.round(value / MIB)} MB` : memoryGb(value / GIB));
/** The same from MiB. */
export const memoryMb = (mib: number): string => memoryBytes(mib * MIB);
/** `42 %`. */
export const percent = (value: number): string => `${Math.round(value)} %`;
/** `14:03:07`, in this browser's time zone. */
export const clock = (instant: Date | string): string => new Date(instant).toLocaleTimeString('en-GB', { hour12: false });
/** `21 Nov 2026, 14:03`. */
export const dateTime = (instant: Date | string): string =>
  new Date(instant).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });

const trim = (text: string): string => text.replace(/\.0$/, '');
