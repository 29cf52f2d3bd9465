"""Trust of the user, kept in their own folder: settings of projects, and state that otorepair wrote."""
