/** Version of the contract and of all packages; a test keeps it equal to the package files. */
export const VERSION = '0.1.0';
/** The agent's port when nothing else is said. */
export const DEFAULT_PORT = 10239;
