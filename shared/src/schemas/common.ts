/** Pieces that several schemas share. */
import * as z from 'zod';
import { wireObject } from '../wire.js';

/** An instant as ISO 8601 in UTC, e.g. `2026-11-21T13:00:00.000Z`. */
export const timestamp = z.iso.datetime({ offset: true });

/** Query values arrive as strings; `true`, `1`, `false` and `0` are understood. */
export const queryBoolean = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

/** A whole number in a query string. */
export const queryInt = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** An identifier in a path, e.g. a profile's. */
const pathId = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a whole number')
  .transform(Number);
export const idParams = wireObject({ id: pathId });
/** A profile's identifier in a path. */
export const profileIdParams = wireObject({ profileId: pathId });

/**
 * A repository on the hub: `ORG/NAME`, or `NAME` alone for the oldest ones. Percent-encoded in a path.
 * Source: the naming rules checked by `validate_repo_id` of huggingface_hub.
 */
export const modelId = z
  .string()
  .max(192)
  .regex(/^(?:[A-Za-z0-9][\w.-]*\/)?[A-Za-z0-9][\w.-]*$/, 'must look like ORG/NAME')
  .refine((id) => !id.includes('..') && !id.includes('--'), 'may hold neither ".." nor "--"')
  .refine((id) => !/[.-](?:\/|$)|\.git$/.test(id), 'may not end in "-", "." or ".git"');

/** A hub id, or the absolute path of a model folder, percent-encoded. */
export const modelIdParams = wireObject({ modelId: z.union([modelId, z.string().startsWith('/').max(1024)]) });

/** A branch, tag or commit on the hub. */
export const revision = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9][\w./-]*$/)
  .refine((name) => !name.includes('..'), 'may not hold ".."');

/** The answer to every failed call. */
export const errorBody = wireObject(
  {
    error: wireObject({
      code: z.string(),
      message: z.string(),
      action: z.string(),
      details: z.record(z.string(), z.unknown()).default({}),
    }),
  },
  { id: 'Error', description: 'What happened (message), what to do (action), and a code for programs.' },
);
export type ErrorBody = z.output<typeof errorBody>;

/** An error inside a task or a server, in the same words as an answer's. */
export const taskError = wireObject({ code: z.string(), message: z.string(), action: z.string() }, { id: 'TaskError' });
export type TaskError = z.output<typeof taskError>;

/** What a model is served as; the profile's `model_type`. */
export const MODEL_TYPES = ['lm', 'multimodal', 'whisper', 'embeddings', 'image-generation', 'image-edit'] as const;
export const modelType = z.enum(MODEL_TYPES);
export type ModelType = z.output<typeof modelType>;

/** Nothing comes back. */
export const noContent = z.null();

/** How urgent a request is: a person waits; a program waits; nobody waits. */
export const PRIORITIES = ['interactive', 'normal', 'batch'] as const;
export const priority = z.enum(PRIORITIES);
export type Priority = z.output<typeof priority>;
