/** The answer to a question that is made first: a template filled in by the agent. */
import { Detail } from "@raycast/api";
import type { Client } from "@mlx-manager/shared";
import { useEffect, useState } from "react";
import { agent } from "../../lib/agent";
import type { Prompt } from "../../lib/prompts";
import { Problem } from "../problem";
import { AnswerScreen, type AnswerScreenProps } from "./answer-screen";

export interface PromptedAnswerProps extends Omit<AnswerScreenProps, "prompt"> {
  /** Asked once; again by Try Again. */
  prompt: (client: Client) => Promise<Prompt>;
}

export function PromptedAnswer({ prompt: make, ...screen }: PromptedAnswerProps) {
  const [made, setMade] = useState<{ prompt?: Prompt; error?: Error }>({});
  async function begin(): Promise<void> {
    setMade({});
    try {
      setMade({ prompt: await make(agent()) });
    } catch (error) {
      setMade({ error: error as Error });
    }
  }
  useEffect(() => void begin(), []);
  if (made.error) return <Problem as="detail" error={made.error} retry={begin} />;
  if (!made.prompt)
    return <Detail isLoading markdown="" {...(screen.title !== undefined && { navigationTitle: screen.title })} />;
  return <AnswerScreen prompt={made.prompt} {...screen} />;
}
