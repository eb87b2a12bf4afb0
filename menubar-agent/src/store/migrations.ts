/** The database's shape, step by step. A step that has been released is never changed; the next one is added below it. */

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    name: 'first tables',
    // server_profiles, running_instances, downloaded_models and settings carry the names of the product's architecture document.
    sql: `
      CREATE TABLE server_profiles (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        description TEXT,
        model_path TEXT NOT NULL,
        model_type TEXT NOT NULL DEFAULT 'lm',
        engine TEXT,
        aliases TEXT NOT NULL DEFAULT '[]',
        port INTEGER NOT NULL UNIQUE,
        expose_port INTEGER NOT NULL DEFAULT 0,
        host TEXT NOT NULL DEFAULT '127.0.0.1',
        context_length INTEGER,
        max_concurrency INTEGER,
        queue_timeout INTEGER NOT NULL DEFAULT 300,
        queue_size INTEGER NOT NULL DEFAULT 100,
        tool_call_parser TEXT,
        reasoning_parser TEXT,
        enable_auto_tool_choice INTEGER NOT NULL DEFAULT 0,
        trust_remote_code INTEGER NOT NULL DEFAULT 0,
        chat_template_file TEXT,
        log_level TEXT NOT NULL DEFAULT 'INFO',
        log_file TEXT,
        no_log_file INTEGER NOT NULL DEFAULT 0,
        auto_start INTEGER NOT NULL DEFAULT 0,
        restart_on_crash INTEGER NOT NULL DEFAULT 1,
        system_prompt TEXT,
        idle_minutes INTEGER,
        pinned INTEGER NOT NULL DEFAULT 0,
        sampling TEXT NOT NULL DEFAULT '{}',
        extra_args TEXT NOT NULL DEFAULT '[]',
        launchd_installed INTEGER NOT NULL DEFAULT 0,
        origin TEXT NOT NULL DEFAULT 'user',
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
      CREATE INDEX idx_profiles_auto_start ON server_profiles(auto_start);
      CREATE INDEX idx_profiles_model ON server_profiles(model_path);

      CREATE TABLE running_instances (
        profile_id INTEGER PRIMARY KEY REFERENCES server_profiles(id) ON DELETE CASCADE,
        -- Everything needed to take the process over after a crash of the agent, as JSON.
        record TEXT NOT NULL
      ) STRICT;

      CREATE TABLE downloaded_models (
        model_id TEXT PRIMARY KEY,
        downloaded_at TEXT,
        last_used_at TEXT
      ) STRICT;

      CREATE TABLE download_tasks (
        task_id TEXT PRIMARY KEY,
        model_id TEXT NOT NULL,
        -- The task with its file list, as JSON.
        record TEXT NOT NULL
      ) STRICT;

      CREATE TABLE settings (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'API keys',
    sql: `
      CREATE TABLE api_keys (
        -- Never used again: traces name keys by it.
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE,
        prefix TEXT NOT NULL,
        -- SHA-256 of the secret, hex. The secret itself is kept nowhere.
        hash TEXT NOT NULL UNIQUE,
        requests_per_minute INTEGER,
        tokens_per_minute INTEGER,
        -- JSON; NULL allows all.
        models TEXT,
        priority TEXT,
        expires_at TEXT,
        created_at TEXT NOT NULL,
        last_used_at TEXT,
        revoked_at TEXT
      ) STRICT;
      CREATE UNIQUE INDEX idx_api_keys_name ON api_keys(name) WHERE revoked_at IS NULL;
    `,
  },
  {
    name: 'measured requests',
    sql: `
      CREATE TABLE requests (
        -- Grows with each request that ends: pages and streams go by it. Never used again, so that a page's place stays true.
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        -- No index: a random one would double what a row costs, and one request is found quickly enough by looking through.
        id TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        protocol TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        model TEXT NOT NULL,
        stream INTEGER NOT NULL,
        key_id INTEGER,
        key_name TEXT,
        client TEXT,
        priority TEXT NOT NULL,
        -- No reference: the measurement stays when its profile or key is deleted.
        profile_id INTEGER,
        profile_name TEXT,
        model_path TEXT,
        engine TEXT,
        provider TEXT,
        rule TEXT,
        queue_ms REAL NOT NULL,
        load_ms REAL NOT NULL,
        first_token_ms REAL,
        total_ms REAL NOT NULL,
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        cached_tokens INTEGER,
        reasoning_tokens INTEGER,
        counted INTEGER NOT NULL,
        tokens_per_second REAL,
        finish_reason TEXT,
        status INTEGER NOT NULL,
        error_code TEXT,
        outcome TEXT NOT NULL,
        captured INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX idx_requests_started ON requests(started_at);
      CREATE INDEX idx_requests_captured ON requests(captured) WHERE captured = 1;

      CREATE TABLE request_captures (
        id TEXT PRIMARY KEY,
        captured_at INTEGER NOT NULL,
        prompt TEXT NOT NULL,
        answer TEXT,
        reasoning TEXT,
        error_message TEXT,
        truncated INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX idx_captures_time ON request_captures(captured_at);
    `,
  },
  {
    name: 'providers and routing rules',
    sql: `
      CREATE TABLE providers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        -- Under this name the key is kept in the keychain or the secrets folder; never here.
        secret_name TEXT NOT NULL UNIQUE,
        -- What the owner set, as JSON.
        options TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;

      CREATE TABLE routing_rules (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        position INTEGER NOT NULL,
        options TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'groups of the pool',
    sql: `
      CREATE TABLE pool_groups (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        mode TEXT NOT NULL,
        exclusive INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE pool_group_members (
        group_id INTEGER NOT NULL REFERENCES pool_groups(id) ON DELETE CASCADE,
        profile_id INTEGER NOT NULL REFERENCES server_profiles(id) ON DELETE CASCADE,
        PRIMARY KEY (group_id, profile_id)
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
