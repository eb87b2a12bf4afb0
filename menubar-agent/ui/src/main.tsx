/** The window. */
import { show } from './app/root.js';
import { preloadPage, Window } from './app/window.js';
import './styles.css';
// Here and not with its page: a sheet that could not be fetched once is not fetched again.
import './pages/chat/chat.css';

// Its scripts come with the window's own: the first drawing has the page in it.
await preloadPage(window.location.pathname);
show(<Window />);
