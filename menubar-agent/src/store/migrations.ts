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
];
