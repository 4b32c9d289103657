import type { Controller } from '../controller/controller.js';
import type { View } from './views.js';

/** The forwarder's rows of BFD sessions, and what each session is for. */
export function bfdViews(controller: Controller, sessions: unknown): View[] {
  const rows = Array.isArray(sessions) ? (sessions as View[]) : [];
  return rows.map((row) => ({ ...row, users: controller.bfd.usersOf(String(row.link), String(row.peer)) }));
}
