/** What strangers wrote, and may not break the page. */
import { Component, type ReactNode } from 'react';

/** Words as they were written. */
export const AsItIs = ({ text }: { text: string }) => <div className="wrap-anywhere whitespace-pre-wrap">{text}</div>;

/** A text that its reader (Markdown, formulas) cannot bear is shown as it was written: it takes neither what is beside it nor the page with it. */
export class Unbreakable extends Component<{ text: string; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };
  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }
  override render(): ReactNode {
    return this.state.broken ? <AsItIs text={this.props.text} /> : this.props.children;
  }
}
