"""What the user trusts, kept in the user's own folder: settings of projects, and state that otorepair wrote."""
