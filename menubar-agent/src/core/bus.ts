/** The typed event bus: every state change is announced here once, and whoever cares listens. */
import { EventEmitter } from 'node:events';
import type { EventPayload, EventType } from '@mlx-manager/shared';

export interface BusEvent<T extends EventType = EventType> {
  readonly type: T;
  readonly data: EventPayload<T>;
}
type Unsubscribe = () => void;

/** Announces state changes. A listener that throws is reported to `onListenerError` and hurts nobody else. */
export class EventBus {
  readonly #emitter = new EventEmitter();
  readonly #onListenerError: (error: unknown, type: EventType) => void;

  constructor(onListenerError: (error: unknown, type: EventType) => void) {
    this.#onListenerError = onListenerError;
    this.#emitter.setMaxListeners(0);
  }

  /** Announces one change, at once and in order. */
  emit<T extends EventType>(type: T, data: EventPayload<T>): void {
    this.#emitter.emit(type, { type, data });
    this.#emitter.emit('*', { type, data });
  }

  /** Listens to one type. */
  on<T extends EventType>(type: T, listener: (data: EventPayload<T>) => void): Unsubscribe {
    return this.#listen(type, (event) => listener(event.data as EventPayload<T>));
  }

  /** Listens to everything. */
  onAny(listener: (event: BusEvent) => void): Unsubscribe {
    return this.#listen('*', listener);
  }

  #listen(name: string, listener: (event: BusEvent) => void): Unsubscribe {
    const guarded = (event: BusEvent): void => {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error, event.type);
      }
    };
    this.#emitter.on(name, guarded);
    return () => this.#emitter.off(name, guarded);
  }
}
