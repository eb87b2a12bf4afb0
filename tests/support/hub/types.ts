/** What a test says to the stand-in hub. */
import type { IncomingHttpHeaders } from 'node:http';

/** A file's content: text or bytes, or so many bytes made from a seed (never held in memory). */
export type FileContent = string | Uint8Array | { readonly size: number; readonly seed: string };

export interface ModelSpec {
  readonly id: string;
  /** A model folder on disk, taken over as it is. */
  readonly folder?: string;
  /** Further files, or all of them. */
  readonly files?: Readonly<Record<string, FileContent>>;
  /** Which files are in large-file storage; by default weights, and whatever is above 1 MB. */
  readonly isLfs?: (path: string, size: number) => boolean;
  /** Sizes that the list of files states in place of the true ones, e.g. of a file that no disk holds. */
  readonly claims?: Readonly<Record<string, number>>;
  readonly gated?: false | 'auto' | 'manual';
  readonly private?: boolean;
  /** Fields of the API that stand over what the files say: downloads, likes, tags, config, usedStorage, lastModified… */
  readonly info?: Readonly<Record<string, unknown>>;
}

export interface LoggedRequest {
  readonly at: 'hub' | 'cdn';
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  status: number;
  /** Bytes of body sent. */
  bytesSent: number;
}

/** Something that goes wrong. It holds for requests it matches, `times` of them (by default all). */
export interface Fault {
  readonly at?: 'hub' | 'cdn';
  /** Tested against the file's path in the repository for downloads, else against the address's path. */
  readonly path?: RegExp;
  readonly method?: string;
  readonly times?: number;
  /** Answers this status instead, with these headers. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes a second. */
  readonly throttle?: number;
  /** Cuts the connection after that many bytes of body. */
  readonly cutAfter?: number;
  /** Sends that many bytes of body, then nothing more, and stays connected. */
  readonly stallAfter?: number;
  /** Changes the byte at this position of the file. */
  readonly corruptAt?: number;
  /** Answers whole where a range was asked for. */
  readonly ignoreRange?: boolean;
}

export interface StandInHub {
  /** For HF_ENDPOINT. */
  readonly url: string;
  /** Another origin, from which large files come. */
  readonly cdnUrl: string;
  readonly requests: LoggedRequest[];
  /** Takes in one more model. */
  addModel(spec: ModelSpec): Promise<void>;
  /** Puts new content onto `main`; answers the commit. */
  pushCommit(modelId: string, files: Readonly<Record<string, FileContent>>): Promise<string>;
  /** The commit `main` points to. */
  commitOf(modelId: string): string;
  /** The bytes of a file on `main`. */
  contentOf(modelId: string, path: string): Buffer;
  /** Makes something go wrong from now on; answers how to end it. */
  fault(fault: Fault): () => void;
  /** Every download address given out so far answers 403 from now on. */
  expireUrls(): void;
  /** Bytes of body sent so far by requests that match. */
  bytesSent(match?: (request: LoggedRequest) => boolean): number;
  /** Resolves at the first request that matches, past or future; rejects after `timeoutMs`. */
  waitForRequest(match: (request: LoggedRequest) => boolean, timeoutMs?: number): Promise<LoggedRequest>;
  /** Refuses connections (and cuts those there are) until told otherwise. */
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  stop(): Promise<void>;
}
