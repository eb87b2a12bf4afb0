/** Writing into the configuration files of other programs. Apart from the guides: it brings readers for TOML and YAML with it. */
import { AgentError } from '../agent-error.js';
import { applyEdits, EditRefused, type TextEditor } from './merge-edit.js';
import { jsonEditor } from './merge-json.js';
import { tomlEditor } from './merge-toml.js';
import { yamlEditor } from './merge-yaml.js';
import type { ConfigFile, ConfigLanguage } from './types.js';
import { newFileText } from './values.js';

const editors: Readonly<Record<ConfigLanguage, TextEditor>> = { json: jsonEditor, jsonc: jsonEditor, toml: tomlEditor, yaml: yamlEditor };

/**
 * The text that the file shall have. Values, remarks, order and formatting that are there stay; only ours are changed or added. What was merged once does not change when
 * merged again.
 * @param existing the file's text; null where there is no file.
 * @throws AgentError CONNECT_FILE_UNREADABLE when the text cannot be read, or not be changed without losing something.
 */
export function mergeConfig(file: ConfigFile, existing: string | null): string {
  if (existing === null || existing.trim() === '') return newFileText(file);
  try {
    return applyEdits(editors[file.language], existing, file.edits);
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error;
    throw new AgentError('CONNECT_FILE_UNREADABLE', { path: file.path, reason: error.message }, { cause: error });
  }
}
