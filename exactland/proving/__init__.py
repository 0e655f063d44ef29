"""Running the theorem cases of the folder proofs/: identities checked by two routes each."""
