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
  {
    name: 'prompt templates and personas',
    // Numbers below 1000 are those of the product, which are in the code and not here. AUTOINCREMENT: never used again, since chats name them.
    sql: `
      CREATE TABLE personas (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        -- What the owner set, as JSON.
        options TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE prompt_templates (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        options TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
      INSERT INTO sqlite_sequence (name, seq) VALUES ('personas', 999), ('prompt_templates', 999);
    `,
  },
  {
    name: 'chats and runs',
    sql: `
      CREATE TABLE chats (
        -- Never used again: messages and the search index carry it in their own numbers.
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        titled INTEGER NOT NULL,
        model TEXT,
        -- No reference: the service clears it and announces it.
        profile_id INTEGER,
        persona_id INTEGER,
        system_prompt TEXT,
        -- JSON; tags are in chat_tags too, to be counted and looked for.
        sampling TEXT NOT NULL,
        tags TEXT NOT NULL,
        pinned INTEGER NOT NULL,
        -- Of the branch shown; kept here so that a list reads one row a chat.
        preview TEXT NOT NULL,
        message_count INTEGER NOT NULL,
        head_id TEXT,
        active_run_id TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
      CREATE INDEX idx_chats_order ON chats(pinned DESC, updated_at DESC, seq DESC);
      CREATE INDEX idx_chats_profile ON chats(profile_id) WHERE profile_id IS NOT NULL;
      CREATE INDEX idx_chats_persona ON chats(persona_id) WHERE persona_id IS NOT NULL;

      CREATE TABLE chat_tags (
        tag TEXT NOT NULL COLLATE NOCASE,
        chat_seq INTEGER NOT NULL REFERENCES chats(seq) ON DELETE CASCADE,
        PRIMARY KEY (tag, chat_seq)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX idx_chat_tags_chat ON chat_tags(chat_seq);

      CREATE TABLE chat_messages (
        -- The chat's seq times 2^24, and the message's place in it from 1 on: a chat's messages lie together, and a number names its chat.
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        chat_seq INTEGER NOT NULL REFERENCES chats(seq) ON DELETE CASCADE,
        parent_id TEXT,
        -- Messages above it.
        depth INTEGER NOT NULL,
        role TEXT NOT NULL,
        status TEXT NOT NULL,
        -- JSON.
        error TEXT,
        metrics TEXT,
        model TEXT,
        profile_id INTEGER,
        profile_name TEXT,
        trimmed INTEGER NOT NULL,
        run_id TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        -- JSON; last, because it may be long.
        parts TEXT NOT NULL
      ) STRICT;
      -- Siblings and ends of branches are found without reading a message.
      CREATE INDEX idx_chat_messages_tree ON chat_messages(chat_seq, parent_id, id);
      CREATE INDEX idx_chat_messages_generating ON chat_messages(status) WHERE status = 'generating';

      -- Words as chat-search.ts prepares them: rowid as the message's seq, place 0 for a chat's title. It holds no text of its own.
      CREATE VIRTUAL TABLE chat_search USING fts5(title, body, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3');

      CREATE TABLE attachments (
        -- SHA-256 of the bytes, hex; the name of the file that holds them.
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        created_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE message_attachments (
        attachment_id TEXT NOT NULL,
        message_seq INTEGER NOT NULL REFERENCES chat_messages(seq) ON DELETE CASCADE,
        PRIMARY KEY (attachment_id, message_seq)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX idx_message_attachments_message ON message_attachments(message_seq);

      CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        chat_seq INTEGER NOT NULL REFERENCES chats(seq) ON DELETE CASCADE,
        message_id TEXT NOT NULL,
        state TEXT NOT NULL,
        -- The run as the wire shows it, and what was asked for, as JSON.
        record TEXT NOT NULL,
        request TEXT NOT NULL
      ) STRICT;
      CREATE INDEX idx_runs_chat ON runs(chat_seq);
      CREATE INDEX idx_runs_active ON runs(state) WHERE state IN ('waiting', 'generating');
    `,
  },
  {
    name: 'tools of chats, and who answered them last',
    sql: `
      ALTER TABLE chats ADD COLUMN tools TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE chats ADD COLUMN answered_profile_id INTEGER;
      -- The last answer of the branch that is shown.
      UPDATE chats SET answered_profile_id = (
        WITH RECURSIVE branch(id, n) AS (
          SELECT chats.head_id, 1
          UNION ALL SELECT m.parent_id, b.n + 1 FROM branch b JOIN chat_messages m ON m.id = b.id WHERE m.parent_id IS NOT NULL
        ) SELECT m.profile_id FROM branch b JOIN chat_messages m ON m.id = b.id WHERE m.role = 'assistant' ORDER BY b.n LIMIT 1
      );
      CREATE INDEX idx_chats_answered ON chats(answered_profile_id) WHERE answered_profile_id IS NOT NULL;
    `,
  },
];
