/** Prompt templates and personas. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, remove, route } from './route.js';

const tag = 'prompts';
const put = { method: 'PUT', status: 200 } as const;

export const promptRoutes = {
  listPersonas: route({
    ...get,
    path: '/api/personas',
    tag,
    summary: 'All personas, those of the product first.',
    response: z.array(s.persona),
  }),
  createPersona: route({
    ...post,
    status: 201,
    path: '/api/personas',
    tag,
    summary: 'Create a persona.',
    body: s.personaCreate,
    response: s.persona,
  }),
  updatePersona: route({
    ...put,
    path: '/api/personas/:id',
    tag,
    summary: 'Change an own persona.',
    params: s.idParams,
    body: s.personaUpdate,
    response: s.persona,
  }),
  deletePersona: route({
    ...remove,
    path: '/api/personas/:id',
    tag,
    summary: 'Delete an own persona. Chats keep its system prompt.',
    params: s.idParams,
  }),
  listTemplates: route({
    ...get,
    path: '/api/templates',
    tag,
    summary: 'All templates, those of the product first.',
    response: z.array(s.template),
  }),
  createTemplate: route({
    ...post,
    status: 201,
    path: '/api/templates',
    tag,
    summary: 'Create a template.',
    body: s.templateCreate,
    response: s.template,
  }),
  updateTemplate: route({
    ...put,
    path: '/api/templates/:id',
    tag,
    summary: 'Change an own template.',
    params: s.idParams,
    body: s.templateUpdate,
    response: s.template,
  }),
  deleteTemplate: route({ ...remove, path: '/api/templates/:id', tag, summary: 'Delete an own template.', params: s.idParams }),
  renderTemplate: route({
    ...post,
    path: '/api/templates/:id/render',
    tag,
    summary: 'Fill a template in.',
    params: s.idParams,
    body: s.templateRender,
    response: s.templateRendered,
  }),
  exportPrompts: route({
    ...get,
    path: '/api/prompts/export',
    tag,
    summary: 'Own personas and templates as JSON for another machine.',
    query: s.promptsExportQuery,
    response: s.promptsExport,
  }),
  importPrompts: route({
    ...post,
    path: '/api/prompts/import',
    tag,
    summary: 'Take over exported personas and templates. All or none.',
    body: s.promptsExport,
    response: s.promptsImported,
  }),
} as const;
