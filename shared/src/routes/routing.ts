/** Routing rules and their tester. */
import * as z from 'zod';
import * as s from '../schemas/index.js';
import { get, post, remove, route } from './route.js';

const tag = 'routing';
export const routingRoutes = {
  listRules: route({ ...get, path: '/api/routing/rules', tag, summary: 'All rules in their order.', response: z.array(s.routingRule) }),
  getRule: route({ ...get, path: '/api/routing/rules/:id', tag, summary: 'One rule.', params: s.idParams, response: s.routingRule }),
  createRule: route({
    ...post,
    status: 201,
    path: '/api/routing/rules',
    tag,
    summary: 'Add a rule. Rules work while the setting routing_enabled is on.',
    body: s.routingRuleCreate,
    response: s.routingRule,
  }),
  updateRule: route({
    method: 'PUT',
    status: 200,
    path: '/api/routing/rules/:id',
    tag,
    summary: 'Change a rule.',
    params: s.idParams,
    body: s.routingRuleUpdate,
    response: s.routingRule,
  }),
  deleteRule: route({ ...remove, path: '/api/routing/rules/:id', tag, summary: 'Delete a rule.', params: s.idParams }),
  orderRules: route({
    method: 'PUT',
    status: 200,
    path: '/api/routing/order',
    tag,
    summary: 'Put the rules in another order.',
    body: s.routingOrder,
    response: z.array(s.routingRule),
  }),
  testRouting: route({
    ...post,
    path: '/api/routing/test',
    tag,
    summary: 'Which rule a request would take, and why. Nothing is sent.',
    body: s.routingTestRequest,
    response: s.routingTestResult,
  }),
} as const;
