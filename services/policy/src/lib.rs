//! Policy profiles, flows and calendars: publishing, listing, explaining.
