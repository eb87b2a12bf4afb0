import { isNativeError } from 'node:util/types';

/** Whether an error says that a file does not exist. */
export const isMissing = (error: unknown): boolean => isNativeError(error) && 'code' in error && error.code === 'ENOENT';
