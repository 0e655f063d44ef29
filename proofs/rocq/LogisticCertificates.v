(** What a certificate file about the logistic loss of a network given by layers imports. *)
From Coq Require Export QArith List.
From Exactland Require Export LayerClaims LayerChecks LogisticClaims LogisticChecks.
Export ListNotations.
