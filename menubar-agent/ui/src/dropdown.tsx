/** The dropdown of the menu bar: its own small entry. */
import { MenuBar } from './app/menu-bar.js';
import { show } from './app/root.js';
import './styles.css';

show(<MenuBar />);
